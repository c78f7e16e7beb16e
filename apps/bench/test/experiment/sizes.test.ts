import fc from 'fast-check';
import { expect, it } from 'vitest';
import { countDistinct } from '../../src/experiment/distinct.ts';
import { mappingOf, tableBytes } from '../../src/experiment/mapping.ts';
import { defaultSizes } from '../../src/experiment/sizes.ts';

it('compares at most eight powers of two, the last of which holds everything', () => {
  expect(defaultSizes(388)).toEqual([4, 8, 16, 32, 64, 128, 256, 512]);
  expect(defaultSizes(512)).toEqual([4, 8, 16, 32, 64, 128, 256, 512]);
  expect(defaultSizes(16)).toEqual([2, 4, 8, 16]);
  expect(defaultSizes(1)).toEqual([2]);
});

it('counts different keys as a Set does, past the size it starts with', () => {
  const key = fc.oneof(
    fc.nat(20),
    fc.nat(2 ** 31 - 1).map((k) => k * 2 ** 20),
  );
  fc.assert(
    fc.property(fc.array(key), (keys) => {
      expect(countDistinct(Float64Array.from(keys))).toBe(new Set(keys).size);
    }),
  );
  expect(countDistinct(Float64Array.from({ length: 20_000 }, (_, i) => i % 5001))).toBe(5001);
});

it('loads tables of 8-byte entries for 64 KiB clusters', () => {
  expect(mappingOf('l2slice4k')).toEqual({ name: 'l2slice4k', span: 2 ** 25, tableBytes: 4096 });
  expect(mappingOf('l2full64k').tableBytes).toBe(65536);
  expect(mappingOf('qed2g').tableBytes).toBe(262144);
  expect(mappingOf('1048576').tableBytes).toBe(128);
  expect(tableBytes(4096)).toBe(8);
});
