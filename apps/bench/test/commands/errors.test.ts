import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { scratch } from '@q/judge';
import { expect, it } from 'vitest';
import { builtCommand } from '../built-command.ts';
import { smallTrace } from '../small-trace.ts';

const run = await builtCommand();
const folder = scratch();
const trace = smallTrace(folder);

/** The one line that a failing command prints, and its status. */
function complaint(...args: string[]): { status: number | null; line: string } {
  const { status, stdout, stderr } = run(args, folder);
  expect(stdout).toBe('');
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  return { status, line: stderr.trimEnd() };
}

it('says which strategy was probably meant, and lists them', () => {
  const { status, line } = complaint('simulate', '--trace', trace, '--strategy', 'fifo,siev');
  expect(status).toBe(2);
  expect(line).toMatch(/^q-bench: .*unknown strategy "siev", did you mean "sieve"\?/);
  expect(line).toContain('lru-rbtree, direct, set-assoc-4, set-assoc-8, qemu-linear, fifo');
});

it.each([
  ['--tables', '12,x', '"x" is not a whole number from 1 to 134217728'],
  ['--tables', '0', '"0" is not a whole number'],
  ['--tables', '8,,9', '"8,,9" has an empty entry'],
  ['--map', 'l2slice', 'one of l2slice4k, l2full64k'],
  ['--format', 'vscsy', 'unknown trace format "vscsy"; formats: vscsi'],
  ['--strategy', 'set-assoc-0', 'unknown strategy "set-assoc-0"'],
])('refuses %s %s with status 2', (option, value, message) => {
  const { status, line } = complaint('simulate', '--trace', trace, option, value);
  expect(status).toBe(2);
  expect(line).toContain(message);
});

it('refuses a command line without a trace, and an unknown command', () => {
  expect(complaint('simulate')).toMatchObject({ status: 2 });
  expect(complaint('simulat').line).toContain('Did you mean simulate?');
});

it('fails with status 1 and one line when the trace cannot be read', () => {
  const missing = complaint('simulate', '--trace', path.join(folder, 'none.csv'));
  expect(missing.status).toBe(1);
  expect(missing.line).toMatch(/^q-bench: .*none\.csv/);
  const bad = path.join(folder, 'bad.csv');
  writeFileSync(bad, 'op,dev,offset,length\nR,0,12,oops\n');
  const { status, line } = complaint('simulate', '--trace', bad);
  expect(status).toBe(1);
  expect(line).toContain('bad.csv, line 2');
});

it('fails with status 1 when a result cannot be written', () => {
  const args = ['simulate', '--trace', trace, '--no-timing', '--strategy', 'fifo'];
  const done = run([...args, '--json', path.join(trace, 'x.json')], folder);
  expect(done.status).toBe(1);
  expect(done.stderr).toMatch(/^q-bench: .*x?\.?/);
  expect(done.stderr.trimEnd().split('\n')).toHaveLength(1);
});

it('teaches with --help, and exits with 0', () => {
  for (const command of ['simulate', 'drive', 'compare', 'cow', 'speed']) {
    const { status, stdout } = run([command, '--help'], folder);
    expect(status).toBe(0);
    expect(stdout).toContain('Examples:');
    expect(stdout).not.toMatch(/\[\{|\["/);
  }
  expect(run(['--help'], folder).status).toBe(0);
});
