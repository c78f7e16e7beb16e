const MOST_SIZES = 8;

/**
 * The cache sizes compared when none are given: up to eight powers of two, the largest of which holds all `distinct` tables of the trace
 * (beyond it every strategy only misses each table once).
 */
export function defaultSizes(distinct: number): number[] {
  const top = Math.max(1, Math.ceil(Math.log2(Math.max(2, distinct))));
  const sizes: number[] = [];
  for (let bits = Math.max(1, top - MOST_SIZES + 1); bits <= top; bits++) sizes.push(2 ** bits);
  return sizes;
}
