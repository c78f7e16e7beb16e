// Packs packages as they would be published, and lays them out as an installation would.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { manifestOf, repositoryRoot } from '../workspace.mjs';

/** Runs a command; answers its output, throws it all when the command fails, or has not ended after `timeout` milliseconds. */
export function run(command, args, cwd, timeout) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, timeout, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) =>
      code === 0
        ? resolve(output)
        : reject(new Error(`${[command, ...args].join(' ')}: exit ${code ?? signal}\n${output}`)),
    );
  });
}

/** The file of a tool that is installed in the root, to be run by this Node. */
export function tool(file) {
  return path.join(repositoryRoot, 'node_modules', file);
}

/** Packs one package; answers the tarball, somewhere below `folder`. */
export async function pack(member, folder) {
  const tarballs = path.join(folder, 'tarballs', member.name);
  mkdirSync(tarballs, { recursive: true });
  await run(
    process.execPath,
    [tool('pnpm/bin/pnpm.cjs'), 'pack', '--pack-destination', tarballs],
    member.folder,
  );
  return path.join(tarballs, readdirSync(tarballs)[0]);
}

/** Packs one package into `folder/node_modules`, beside the foreign packages it depends on. Answers what a user then has. */
export async function install(member, folder) {
  const tarball = await pack(member, folder);
  const installed = path.join(folder, 'node_modules', member.manifest.name);
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', installed]);
  const manifest = manifestOf(installed);
  for (const name of Object.keys(manifest.dependencies ?? {})) {
    if (name.startsWith('@q/')) continue;
    const link = path.join(folder, 'node_modules', name);
    mkdirSync(path.dirname(link), { recursive: true });
    if (existsSync(link)) continue;
    symlinkSync(realpathSync(path.join(member.folder, 'node_modules', name)), link);
  }
  const subpaths = Object.keys(manifest.exports).filter((subpath) => subpath !== './package.json');
  return {
    name: manifest.name,
    manifest,
    tarball,
    folder: installed,
    entries: subpaths.map((subpath) => ({
      specifier: path.posix.join(manifest.name, subpath),
      types: path.join(installed, manifest.exports[subpath].types),
    })),
  };
}
