import { transform } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { knowsQcow, unwantedCompany } from '../published/company.mjs';

describe('what comes along with a package', () => {
  test.each([
    ['@q/block', []],
    ['@q/cache', ['@q/block']],
    ['@q/cache-policies', ['@q/block', '@q/cache']],
    ['@q/codec', ['@q/block', 'pako']],
    ['@q/driver-qed', ['@q/block', '@q/cache', '@q/cow', '@q/qed']],
    ['@q/driver-qcow1', ['@q/block', '@q/cache', '@q/cache-lru-rbtree', '@q/format', 'pako']],
  ])('may come with %s', (name, brought) => {
    expect(unwantedCompany(name, brought)).toEqual([]);
  });

  test.each([
    ['@q/block', 'pako'],
    ['@q/cache', '@q/cow'],
    ['@q/cache-set-assoc', '@q/cache-policies'],
    ['@q/cache-policies', 'mnemonist'],
    ['@q/driver-qed', '@q/format'],
    ['@q/driver-qed', '@q/codec'],
    ['@q/driver-qed', '@q/cache-set-assoc'],
    ['@q/driver-qed', '@q/driver-qcow2'],
    ['@q/qed', '@q/format'],
    ['@q/driver-qcow2', '@q/driver-qcow1'],
    ['@q/refcount', '@q/driver-qcow2'],
  ])('may not with %s, when it is %s', (name, other) => {
    const complaints = unwantedCompany(
      name,
      ['@q/block', other].slice(name === '@q/block' ? 1 : 0),
    );
    expect(complaints.length).toBeGreaterThan(0);
    for (const complaint of complaints) expect(complaint).toContain(`${name} brings ${other}: `);
  });
});

describe('the search for QCOW code', () => {
  test('finds the magic number, however a minifier writes it', async () => {
    const source = 'export const isImage = (word) => word === 0x514649fb;';
    expect(knowsQcow(source)).toBe(true);
    expect(knowsQcow((await transform(source, { minify: true })).code)).toBe(true);
  });

  test('takes no other number for it', () => {
    expect(knowsQcow('a===13635609551||b===0x514649fbc')).toBe(false);
  });
});
