import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';
import { describe, expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** Bundles `source`, and says which modules from outside the project are in it, or are left to be imported. */
async function bundled(source: string, options: Pick<BuildOptions, 'platform'>): Promise<string[]> {
  const { metafile } = await build<BuildOptions & { metafile: true }>({
    stdin: { contents: source, resolveDir: folder },
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    conditions: ['@q/source'],
    logLevel: 'silent',
    ...options,
  });
  const outputs = Object.values(metafile.outputs);
  const inside = outputs.flatMap(({ inputs }) => Object.keys(inputs));
  const outside = outputs.flatMap(({ imports }) =>
    imports.filter(({ external }) => external).map(({ path }) => path),
  );
  const names = inside.map((file) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]);
  return [...new Set([...names.filter((name) => name !== undefined), ...outside])].sort();
}

describe('a bundle', () => {
  it('for browsers needs nothing of Node', async () => {
    const source = `import { codecs } from '@q/codec'; console.log(codecs);`;
    const found = await bundled(source, { platform: 'browser' });
    expect(found).toEqual(['@bokuweb/zstd-wasm', 'pako']);
  });

  it('has only the codec that is imported', async () => {
    const deflate = `import { deflate } from '@q/codec'; console.log(deflate);`;
    expect(await bundled(deflate, { platform: 'browser' })).toEqual(['pako']);
    const zstd = `import { zstd } from '@q/codec'; console.log(zstd);`;
    expect(await bundled(zstd, { platform: 'browser' })).toEqual(['@bokuweb/zstd-wasm']);
  });

  it('for Node uses what Node has', async () => {
    const source = `import { zstd } from '@q/codec'; console.log(zstd);`;
    const found = await bundled(source, { platform: 'node' });
    expect(found).toEqual([
      'node:fs',
      'node:module',
      'node:os',
      'node:path',
      'node:worker_threads',
      'node:zlib',
    ]);
  });
});
