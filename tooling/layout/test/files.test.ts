import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const limit = 400;

/** The code below a folder, without what was installed or built. */
function codeBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const whole = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      return /^(?:node_modules|dist|\..*)$/.test(entry.name) ? [] : codeBelow(whole);
    }
    return /\.(?:ts|tsx|mts|mjs|js|sh)$/.test(entry.name) ? [whole] : [];
  });
}

describe('source and test files', () => {
  const files = ['packages', 'apps', 'tooling'].flatMap((group) =>
    codeBelow(path.join(root, group)),
  );
  const name = (file: string): string => path.relative(root, file);

  test('are found', () => {
    expect(files.length).toBeGreaterThan(100);
  });

  test(`have at most ${limit} lines`, () => {
    const lengths = files.map((file) => ({
      file: name(file),
      lines: readFileSync(file, 'utf8').split('\n').length - 1,
    }));
    expect(lengths.filter(({ lines }) => lines > limit)).toEqual([]);
  });

  test('are named for what they hold', () => {
    const catchAll = /(?:^|\/)(?:utils?|helpers?|misc|common)\.\w+$/;
    expect(files.map(name).filter((file) => catchAll.test(file))).toEqual([]);
  });
});
