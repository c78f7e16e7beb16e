import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { describe, expect, it } from 'vitest';
import type { Comparison } from '../../src/experiment/result.ts';
import { builtCommand } from '../built-command.ts';
import { crowdedTrace } from '../drive/crowded-trace.ts';

const run = await builtCommand();
const folder = scratch();
const trace = crowdedTrace(folder, 200);
const drive = (...args: string[]): ReturnType<typeof run> =>
  run(['drive', '--trace', trace, ...args], folder);

describe('q-bench drive', () => {
  it('counts in the live driver what the simulator counts, and writes both', () => {
    const json = path.join(folder, 'drive.json');
    const html = path.join(folder, 'drive.html');
    const args = ['--strategy', 'lru-rbtree,direct,belady', '--tables', '2,16'];
    const done = drive(...args, '--json', json, '--html', html);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(done.stdout.replaceAll(/\s+/g, ' ')).toContain(
      "counted the simulator's hits, misses and evictions exactly, in all 6 runs.",
    );
    expect(Math.max(...done.stdout.split('\n').map((line) => line.length))).toBeLessThan(101);
    const { runs, drive: how } = JSON.parse(readFileSync(json, 'utf8')) as Comparison;
    expect(how).toEqual({ ops: 'rw', image: 'memory', differences: [] });
    expect(runs).toHaveLength(6);
    for (const { live, hits, misses, evictions, bytesLoaded } of runs) {
      expect(live).toMatchObject({ hits, misses, evictions, bytesLoaded });
      expect(live!.writeBacks * 4096).toBe(live!.bytesWritten);
      expect(live!.forcedFlushes).toBeGreaterThan(0);
    }
    const page = readFileSync(html, 'utf8');
    expect(page).toContain('In the live driver');
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('misses as often as simulate when all requests are reads, for strategies that do not look at keys', () => {
    const args = ['--strategy', 'lru-rbtree,fifo,clock,sieve,arc,s3fifo,belady', '--tables', '24'];
    const live = JSON.parse(drive(...args, '--ops', 'read', '--json', '-').stdout) as Comparison;
    const simulate = ['simulate', '--trace', trace, ...args, '--no-timing', '--json', '-'];
    const simulated = JSON.parse(run(simulate, folder).stdout) as Comparison;
    expect(live.runs.map((each) => each.live!.misses)).toEqual(
      simulated.runs.map((each) => each.misses),
    );
  });

  it('gives the command line that repeats it', () => {
    const args = ['--strategy', 'sieve', '--tables', '5', '--ops', 'read', '--map', '4194304'];
    const first = JSON.parse(drive(...args, '--json', '-').stdout) as Comparison;
    const again = run([...first.command.split(' ').slice(1), '--json', '-'], folder);
    expect((JSON.parse(again.stdout) as Comparison).runs).toEqual(first.runs);
  });

  it('drives a real file, which stays, and overwrites none', () => {
    const image = path.join(folder, 'image.qcow2');
    const args = ['--strategy', 'fifo', '--tables', '3', '--image', image, '--json', '-'];
    const done = drive(...args);
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect((JSON.parse(done.stdout) as Comparison).drive!.image).toBe('image.qcow2');
    expect(existsSync(image)).toBe(true);
    const again = drive(...args);
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/^q-bench: .*image\.qcow2 exists/);
  });

  it('refuses tables that a QCOW2 image cannot have', () => {
    for (const map of ['qed2g', 'block4k', '8000000', '2097152', '1073741824']) {
      const { status, stderr } = drive('--map', map);
      expect(status).toBe(2);
      expect(stderr).toContain('l2slice4k, l2full64k, or a power of two');
    }
  });

  it('says why a trace cannot be driven', () => {
    const far = path.join(folder, 'far.csv');
    writeFileSync(far, `op,dev,offset,length\nR,0,${2 ** 52},512\n`);
    const { status, stderr } = run(['drive', '--trace', far], folder);
    expect(status).toBe(1);
    expect(stderr).toMatch(/^q-bench: far\.csv needs a disk of .*\n$/);
  });
});
