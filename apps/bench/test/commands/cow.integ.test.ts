import { mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { haveQemu, scratch, withQemu } from '@q/judge';
import { describe, expect, it } from 'vitest';
import type { CowResult, CowRun } from '../../src/cow/figures.ts';
import { interiorOf } from '../../src/cow/figures.ts';
import { builtCommand } from '../built-command.ts';

const run = await builtCommand();
const folder = scratch();
const files = path.join(folder, 'files');
mkdirSync(files);

const done = run(['cow', '--size', '4M', '--folder', files, '--json', '-'], folder);
const result = JSON.parse(done.stdout) as CowResult;
const { shape } = result;
const runOf = (wanted: Partial<CowRun>): CowRun =>
  result.runs.find((each) =>
    Object.entries(wanted).every(([key, value]) => each[key as keyof CowRun] === value),
  )!;

describe('q-bench cow', () => {
  it('writes in every way, and leaves nothing behind', () => {
    expect(done).toMatchObject({ status: 0, stderr: '' });
    expect(result.workload).toEqual({ size: 2 ** 22, request: 24_576, depth: 16 });
    expect(result.runs.map(({ files: way, takeOver }) => `${way} ${takeOver}`)).toEqual([
      'async true',
      'async false',
      'sync true',
      'sync false',
      'async false',
    ]);
    expect(readdirSync(files)).toEqual([]);
  });

  it.each(['sync', 'async'] as const)(
    'copies nothing that is overwritten, with takeover: %s',
    (way) => {
      const { figures } = runOf({ files: way, takeOver: true });
      expect(figures!.cowRead).toBe(shape.edgeBytes);
      expect(figures!.cowWritten).toBe(shape.edgeBytes);
      expect(figures!.backingReads.bytes).toBe(shape.edgeBytes);
    },
  );

  it.each(['sync', 'async'] as const)('copies most of each cluster without takeover: %s', (way) => {
    const { figures } = runOf({ files: way, takeOver: false, writer: 'driver' });
    expect(interiorOf(shape, figures!.cowRead)).toBeGreaterThan(shape.clusters * 32_000);
    expect(figures!.cowWritten).toBe(figures!.cowRead);
    expect(figures!.backingReads.bytes).toBe(figures!.cowRead);
  });

  it('writes all that the guest wrote and all that is copied, and some metadata', () => {
    for (const { figures } of result.runs) {
      if (figures === undefined) continue;
      const metadata = figures.fileWrites.bytes - shape.guestBytes - figures.cowWritten;
      expect(metadata).toBeGreaterThan(0);
      expect(metadata).toBeLessThan(2 ** 20);
    }
  });

  it('prints a row for each, within 100 columns', () => {
    const { stdout } = run(
      ['cow', '--size', '1M', '--request', '4K', '--depth', '2', '--folder', files],
      folder,
    );
    expect(stdout).toMatch(/\nsync, takeover on +0 B +0 B/);
    expect(stdout).toMatch(
      haveQemu ? /qemu-img bench +\d/ : /qemu-img bench: qemu-img was not found/,
    );
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThan(101);
  });

  it('refuses sizes that make no sense', () => {
    for (const args of [
      ['--size', '1Q'],
      ['--request', '0'],
      ['--depth', '0'],
    ]) {
      expect(run(['cow', ...args], folder).status).toBe(2);
    }
    const { status, stderr } = run(['cow', '--size', '1M', '--request', '2M'], folder);
    expect(status).toBe(1);
    expect(stderr).toContain('larger than the disk');
  });
});

withQemu('q-bench cow beside QEMU', () => {
  it('counts what QEMU copies, all of which it reads from below and writes', () => {
    const { figures } = runOf({ writer: 'qemu-img bench' });
    expect(figures!.cowRead).toBeGreaterThan(shape.clusters * 16_384);
    expect(figures!.cowWritten).toBe(figures!.cowRead);
  });
});
