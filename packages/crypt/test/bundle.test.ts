import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** The modules from outside of the project that a bundle of the package has in it or is left to import. */
async function outsideOf(platform: 'browser' | 'node'): Promise<string[]> {
  const { metafile } = await build({
    stdin: { contents: `export * from '@q/crypt';`, resolveDir: folder },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    conditions: ['@q/source'],
    logLevel: 'silent',
    platform,
  });
  const found = new Set<string>();
  for (const { inputs, imports } of Object.values(metafile.outputs)) {
    for (const { path, external } of imports) if (external === true) found.add(path);
    for (const file of Object.keys(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1];
      if (name !== undefined) found.add(name);
    }
  }
  return [...found].sort();
}

describe('a bundle', () => {
  it('for browsers needs nothing of Node', async () => {
    expect(await outsideOf('browser')).toEqual(['@noble/ciphers']);
  });

  it('for Node needs nothing but Node', async () => {
    expect(await outsideOf('node')).toEqual(['node:crypto']);
  });
});
