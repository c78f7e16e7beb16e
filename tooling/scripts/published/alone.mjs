// One packed package as npm installs it for a user who asked for nothing else.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { manifestOf } from '../workspace.mjs';
import { run } from './pack.mjs';

const execPath = process.env.npm_execpath ?? '';
const npm = execPath.endsWith('npm-cli.js') ? [process.execPath, execPath] : ['npm'];
const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'];

/**
 * Installs the packages `asked` into `folder`, and nothing that they do not depend on. `tarballs` (a map by name) holds every package
 * of this repository: npm takes those it needs from there instead of the registry. Foreign packages come from npm's cache or the registry.
 * Answers the names of all that was installed, sorted.
 */
export async function installAlone(asked, tarballs, folder) {
  const files = (wanted) =>
    Object.fromEntries(
      [...tarballs].filter(([name]) => wanted(name)).map(([name, file]) => [name, `file:${file}`]),
    );
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    path.join(folder, 'package.json'),
    JSON.stringify({
      private: true,
      type: 'module',
      dependencies: files((name) => asked.includes(name)),
      overrides: files((name) => !asked.includes(name)),
    }),
  );
  const [command, ...first] = npm;
  await run(command, [...first, 'install', '--prefix', folder, ...quiet], folder, 120_000);
  const lock = JSON.parse(readFileSync(path.join(folder, 'package-lock.json'), 'utf8'));
  const prefix = 'node_modules/';
  return Object.keys(lock.packages)
    .filter((place) => place !== '')
    .map((place) => place.slice(place.lastIndexOf(prefix) + prefix.length))
    .sort();
}

/** The entry points of an installed package, but for its manifest: as users name them, each with where it is in the package. */
export function installedEntries(name, folder) {
  return Object.keys(manifestOf(path.join(folder, 'node_modules', name)).exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => ({ specifier: path.posix.join(name, subpath), subpath }));
}
