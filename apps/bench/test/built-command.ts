import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll } from 'vitest';

const app = fileURLToPath(new URL('..', import.meta.url));

/** What the command did. */
export interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Builds q-bench from the sources as the real build does, and returns a function that runs it. The output lies in the package's own
 * node_modules, so that its dependencies are found, and goes after the calling file's tests.
 */
export async function builtCommand(): Promise<(args: readonly string[], cwd: string) => Ran> {
  const manifest = JSON.parse(readFileSync(path.join(app, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const folder = mkdtempSync(path.join(app, 'node_modules', '.q-bench-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  await build({
    entryPoints: {
      main: path.join(app, 'src/main.ts'),
      'replay-child': path.join(app, 'src/replay/child.ts'),
      'drive-child': path.join(app, 'src/drive/child.ts'),
      'read-child': path.join(app, 'src/speed/read-child.ts'),
    },
    outdir: folder,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['@q/source'],
    external: Object.keys(manifest.dependencies).filter((name) => !name.startsWith('@q/')),
    logLevel: 'error',
  });
  return (args, cwd) => {
    const done = spawnSync(process.execPath, [path.join(folder, 'main.js'), ...args], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      cwd,
    });
    return { status: done.status, stdout: done.stdout, stderr: done.stderr };
  };
}
