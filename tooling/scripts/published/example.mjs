// The examples of a package's README, run where the package is installed.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transform } from 'esbuild';
import { run } from './pack.mjs';

/** The ```ts blocks of an installed package's README, as JavaScript. */
export async function examplesOf(name, folder) {
  const text = readFileSync(path.join(folder, 'node_modules', name, 'README.md'), 'utf8');
  const blocks = [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]);
  if (blocks.length === 0) throw new Error('the README has no example');
  const stripped = blocks.map((source) => transform(source, { loader: 'ts', target: 'node20' }));
  return (await Promise.all(stripped)).map(({ code }) => code);
}

/** The packages that examples import. */
export function importedBy(examples) {
  const names = examples.flatMap((code) =>
    [...code.matchAll(/\bfrom\s*"((?:@[^/"]+\/)?[^/"]+)[^"]*"/g)].map((match) => match[1]),
  );
  return [...new Set(names)];
}

/** Runs examples one after the other, each as a program of its own in `folder`; throws when one fails or prints nothing. */
export async function runExamples(examples, folder) {
  for (const [i, code] of examples.entries()) {
    const file = `example-${i + 1}.mjs`;
    writeFileSync(path.join(folder, file), code);
    const output = await run(process.execPath, [file], folder, 30_000);
    if (output.trim() === '') throw new Error(`example ${i + 1} of the README prints nothing`);
  }
}
