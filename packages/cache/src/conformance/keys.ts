/** A named way to lay out the keys of a run: `at(i)` are distinct keys for `i` from 0 to some thousands. */
export interface KeyPattern {
  readonly name: string;
  at(i: number, capacity: number): number;
}

/** Keys as tables come by them, and keys that trip arithmetic of 31, 32 or 53 bits. */
export const KEY_PATTERNS: readonly KeyPattern[] = [
  { name: 'dense', at: (i) => i },
  { name: 'stride of the capacity', at: (i, capacity) => i * capacity },
  { name: 'stride of 32768', at: (i) => i * 32768 },
  { name: 'around 2^31', at: (i) => 2 ** 31 - 20 + i },
  { name: 'equal low words', at: (i) => i * 2 ** 32 + 5 },
  { name: 'the largest', at: (i) => Number.MAX_SAFE_INTEGER - i },
  { name: 'mixed', at: (i) => (i % 3 === 0 ? i : i % 3 === 1 ? i * 2 ** 20 : i * 2 ** 36 + 1) },
];
