import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { scratch } from '../../judge/src/scratch.ts';
import { floorProblems } from '../floors.mjs';

const folder = scratch();
let workspaces = 0;

/** What the check finds in a workspace of these packages: each its dependencies and the text of its files. */
function check(
  packages: Record<string, { needs?: string[]; files: Record<string, string> }>,
): string[] {
  const root = path.join(folder, String(workspaces++));
  for (const [name, { needs = [], files }] of Object.entries(packages)) {
    const whole = path.join(root, 'packages', name);
    const manifest = {
      name: `@q/${name}`,
      exports: { '.': { '@q/source': './src/index.ts' } },
      dependencies: Object.fromEntries(needs.map((other) => [other, 'workspace:^'])),
    };
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(path.dirname(path.join(whole, file)), { recursive: true });
      writeFileSync(path.join(whole, file), text);
    }
    writeFileSync(path.join(whole, 'package.json'), JSON.stringify(manifest));
  }
  return floorProblems(root);
}

const block = { files: { 'src/index.ts': 'export const a = 1;\n' } };
const using = (name: string) => ({ 'src/index.ts': `export { a } from '${name}';\n` });

describe('the check of the floors', () => {
  test('passes when arrows point down', () => {
    const problems = check({
      block,
      cache: { needs: ['@q/block'], files: using('@q/block') },
      'cache-one': { needs: ['@q/cache'], files: using('@q/cache') },
      'driver-x': { needs: ['@q/cache-one'], files: using('@q/cache-one') },
    });
    expect(problems).toEqual([]);
  });

  test.each([
    [
      'an arrow up',
      'depends on @q/driver-x: drivers stand above ground',
      {
        'driver-x': block,
        cache: { needs: ['@q/driver-x'], files: using('@q/driver-x') },
      },
    ],
    [
      'a strategy on another',
      'depends on @q/cache-two: both are parts',
      {
        'cache-two': block,
        'cache-one': { needs: ['@q/cache-two'], files: using('@q/cache-two') },
      },
    ],
    ['a package that is on no floor', 'packages/novel stands on no floor', { novel: block }],
    [
      'an import that is not declared',
      '@q/block is not in the dependencies of packages/cache',
      {
        block,
        cache: { files: using('@q/block') },
      },
    ],
    [
      'a dependency that nothing imports',
      'depends on @q/block, which no source file imports',
      {
        block,
        cache: { needs: ['@q/block'], files: { 'src/index.ts': 'export {};\n' } },
      },
    ],
    [
      'an import past the entry points',
      'which is not an entry point of @q/block',
      {
        block,
        cache: { needs: ['@q/block'], files: using('@q/block/src/index.ts') },
      },
    ],
    [
      'Node outside the Node side',
      'imports node:fs; only */node entry points may',
      {
        block: {
          files: {
            'src/index.ts': "import type { Stats } from 'node:fs';\nexport type { Stats };\n",
          },
        },
      },
    ],
    [
      'a way round to the Node side',
      'imports ./node/file.ts, which runs in Node only',
      {
        block: {
          files: { ...using('./node/file.ts'), 'src/node/file.ts': 'export const a = 1;\n' },
        },
      },
    ],
    [
      'Buffer in a browser',
      'uses Buffer',
      {
        block: { files: { 'src/index.ts': 'export const a = Buffer.alloc(1);\n' } },
      },
    ],
    [
      'an import from outside src',
      'which is outside its own src folder',
      {
        block: { files: using('../../cache/src/index.ts') },
      },
    ],
  ])('finds %s', (_what, complaint, packages) => {
    expect(check(packages)).toEqual([expect.stringContaining(complaint)]);
  });

  test('lets the Node side use Node', () => {
    const files = { ...block.files, 'src/node.ts': "export { readSync } from 'node:fs';\n" };
    expect(check({ block: { files } })).toEqual([]);
  });
});
