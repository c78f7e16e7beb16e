import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { packageFolder } from './package-folder.ts';

/** The trace that is used when none is named: the first in the `traces` folder of this package. Throws when there is none. */
export function shippedTrace(): string {
  const folder = path.join(packageFolder(), 'traces');
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const first = names.filter((name) => /\.(?:csv|txt)\.(?:gz|zst)$/.test(name)).sort()[0];
  if (first === undefined) {
    throw new Error(`no trace is shipped in ${folder}; name one with --trace FILE`);
  }
  return path.join(folder, first);
}
