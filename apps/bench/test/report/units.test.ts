import { expect, it } from 'vitest';
import {
  changeInWords,
  formatBytes,
  formatChange,
  formatNs,
  formatRatio,
  formatTick,
} from '../../src/report/units.ts';

it.each([
  [0, '0 B'],
  [512, '512 B'],
  [4096, '4 KiB'],
  [1023 * 1024 + 600, '1.00 MiB'],
  [7_483_392, '7.14 MiB'],
  [35_717_120, '34.1 MiB'],
  [2 ** 42, '4 TiB'],
])('writes %d bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

it.each([
  [0.0034, '0.34%'],
  [0.09999, '10.0%'],
  [0.386, '38.6%'],
  [1, '100%'],
])('writes the ratio %d as %s', (ratio, text) => {
  expect(formatRatio(ratio)).toBe(text);
});

it('writes changes with their sign and in words', () => {
  expect(formatChange(117, 100)).toBe('+17%');
  expect(formatChange(98, 100)).toBe('\u22122.0%');
  expect(formatChange(100, 100)).toBe('0%');
  expect(changeInWords(98, 100)).toBe('2.0% fewer than');
  expect(changeInWords(208, 100)).toBe('108% more than');
  expect(changeInWords(100, 100)).toBe('as many as');
});

it('writes times and labels of axes', () => {
  expect(formatNs(7.44)).toBe('7.4 ns');
  expect(formatNs(132.2)).toBe('132 ns');
  expect(formatNs(41_000)).toBe('41.0 us');
  expect(formatTick(0.003)).toBe('0.3%');
  expect(formatTick(-0.2)).toBe('\u221220%');
});
