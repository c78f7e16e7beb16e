import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratch } from '../../judge/src/scratch.ts';
import { build } from 'esbuild';
import type { Plugin } from 'esbuild';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const folder = scratch();
const packages = readdirSync(path.join(root, 'packages')).sort();
const readmes = ['README.md', ...packages.map((name) => `packages/${name}/README.md`)];

/** The ```ts blocks of a page. */
function examplesIn(page: string): string[] {
  const text = readFileSync(path.join(root, page), 'utf8');
  return [...text.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((match) => match[1]!);
}

/** Published packages as users name them, found in this repository whatever package the example stands in. */
const publishedNames: Plugin = {
  name: 'published names',
  setup(bundle) {
    bundle.onResolve({ filter: /^@q\// }, ({ path: specifier }) => {
      const [, name, ...rest] = specifier.split('/');
      const whole = path.join(root, 'packages', name!);
      const { exports } = JSON.parse(readFileSync(path.join(whole, 'package.json'), 'utf8')) as {
        exports: Record<string, { '@q/source': string | { node: string } } | undefined>;
      };
      const target = exports[['.', ...rest].join('/')];
      const source = target?.['@q/source'];
      if (source !== undefined) {
        return { path: path.join(whole, typeof source === 'string' ? source : source.node) };
      }
      return { errors: [{ text: `${specifier} is not an entry point of a published package` }] };
    });
  },
};

/** Runs an example as a program of its own and answers what it printed. */
async function run(example: string, name: string): Promise<string> {
  const file = path.join(folder, `${name}.mjs`);
  await build({
    stdin: { contents: example, loader: 'ts', resolveDir: root, sourcefile: `${name}.ts` },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile: file,
    plugins: [publishedNames],
    logLevel: 'silent',
  });
  const { stdout } = await promisify(execFile)(process.execPath, [file], {
    cwd: folder,
    timeout: 30_000,
  });
  return stdout;
}

describe.each(readmes)('%s', (page) => {
  test('has an example, and each one runs and prints', async () => {
    expect(existsSync(path.join(root, page)), `${page} is missing`).toBe(true);
    const examples = examplesIn(page);
    expect(examples.length).toBeGreaterThan(0);
    for (const [i, example] of examples.entries()) {
      const name = `${page.replaceAll('/', '-')}-${i}`;
      expect((await run(example, name)).trim(), `${page}, example ${i + 1}`).not.toBe('');
    }
  });
});
