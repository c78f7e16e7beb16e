/** Bytes of guest disk that one cache key stands for, by name. */
export const spans: Readonly<Record<string, number>> = {
  /** A 4 KiB slice of an L2 table, 64 KiB clusters: 512 entries. */
  l2slice4k: 32 * 2 ** 20,
  /** A whole L2 table, 64 KiB clusters: 8192 entries. */
  l2full64k: 512 * 2 ** 20,
  /** A QED table with the defaults: 32,768 entries of 64 KiB. */
  qed2g: 2 * 2 ** 30,
  cluster64k: 64 * 2 ** 10,
  block4k: 4 * 2 ** 10,
};

/** The span called `map`: a name of {@link spans}, or a number of bytes from 1. Throws a `RangeError` that lists the names. */
export function spanOf(map: string | number): number {
  const named = typeof map === 'string' && Object.hasOwn(spans, map) ? spans[map] : undefined;
  if (named !== undefined) return named;
  const bytes = typeof map === 'string' && /^[0-9]+$/.test(map) ? Number(map) : map;
  if (typeof bytes !== 'number' || !Number.isSafeInteger(bytes) || bytes < 1) {
    throw new RangeError(
      `no mapping ${JSON.stringify(map)}: one of ${Object.keys(spans).join(', ')}, or a number of bytes`,
    );
  }
  return bytes;
}
