// Complete set-up of a fresh clone with nothing but Node and npm:
// installs the pinned pnpm through npx when needed, then the frozen lockfile.
// Does nothing (about 40 ms) when node_modules already matches the lockfile.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const manifest = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const stamp = path.join(root, 'node_modules', '.setup-stamp');
const hash = createHash('sha256')
  .update(readFileSync(path.join(root, 'pnpm-lock.yaml')))
  .update(readFileSync(path.join(root, 'pnpm-workspace.yaml')))
  .update(process.version)
  .digest('hex');

if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) process.exit(0);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Node >= 20.19 is needed, this is ${process.version}`);
  process.exit(1);
}

const windows = process.platform === 'win32';
const install = ['install', '--frozen-lockfile'];
const local = path.join(root, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs');
const [command, args] = existsSync(local)
  ? [process.execPath, [local, ...install]]
  : ['npx', ['--yes', manifest.packageManager, ...install]];
console.log(`setup: ${manifest.packageManager} ${install.join(' ')}`);
const result = spawnSync(command, args, {
  cwd: root,
  stdio: 'inherit',
  shell: windows,
  env: { ...process.env, CI: process.env.CI ?? '1' },
});
if (result.status !== 0) {
  console.error(`setup: ${manifest.packageManager} failed (${result.status ?? result.error})`);
  process.exit(result.status ?? 1);
}
writeFileSync(stamp, hash);
