import { spawnSync } from 'node:child_process';
import { describe, it } from 'vitest';

/** What a tool did. */
export interface ToolResult {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Whether qemu-img and qemu-io can be run here. */
export const haveQemu: boolean =
  spawnSync('qemu-img', ['--version']).status === 0 &&
  spawnSync('qemu-io', ['--version']).status === 0;

const required = process.env['Q_REQUIRE_JUDGES'] === '1';

/** A `describe` that needs qemu-utils. */
export function withQemu(name: string, tests: () => void): void {
  if (haveQemu) describe(name, tests);
  else if (required) {
    it(name, () => {
      throw new Error('qemu-img and qemu-io are required (Q_REQUIRE_JUDGES=1) and were not found');
    });
  } else {
    console.warn(`skipped, for want of qemu-utils: ${name}`);
    describe.skip(name, tests);
  }
}

function run(
  command: string,
  args: readonly string[],
  allow: readonly number[],
  cwd?: string,
): ToolResult {
  const done = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 30, cwd });
  const status = done.status ?? -1;
  if (!allow.includes(status)) {
    throw new Error(`${command} ${args.join(' ')}: exit ${status}\n${done.stdout}${done.stderr}`);
  }
  return { status, stdout: done.stdout, stderr: done.stderr };
}

/** Runs qemu-img; an exit status that is not in `allow` throws with all it printed. It finds data files in `cwd`, where it looks for them. */
export function qemuImg(
  args: readonly string[],
  allow: readonly number[] = [0],
  cwd?: string,
): ToolResult {
  return run('qemu-img', args, allow, cwd);
}

/** Runs qemu-io with one `-c` for each command. Options such as `-f qcow2` go before; the file is last. */
export function qemuIo(
  file: string,
  commands: readonly string[],
  options: readonly string[] = [],
  allow: readonly number[] = [0],
): ToolResult {
  return run('qemu-io', [...options, ...commands.flatMap((c) => ['-c', c]), file], allow);
}
