// What the workspace holds, read from its manifests.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** The workspace folders of one group (`packages`, `apps`, `tooling`) that have a manifest, by name. */
export function members(root, group) {
  const folder = path.join(root, group);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((name) => ({ name, group, folder: path.join(folder, name) }))
    .filter((member) => existsSync(path.join(member.folder, 'package.json')))
    .map((member) => ({ ...member, manifest: manifestOf(member.folder) }));
}

export function manifestOf(folder) {
  return JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
}

/** What users of a package may import from it: `@q/block`, `@q/block/node`. */
export function entryPoints(manifest) {
  return Object.keys(manifest.exports ?? {})
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => path.posix.join(manifest.name, subpath));
}

/** Whether a file of a package or an entry point is on the Node side: named `node`, or in a folder of that name. */
export function isNodeSide(pathInPackage) {
  return /(^|\/)node(\.ts|\/|$)/.test(pathInPackage);
}

/** All TypeScript files below a folder. */
export function typescriptFiles(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mts)$/.test(entry.name))
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !file.includes(`${path.sep}node_modules${path.sep}`))
    .sort();
}
