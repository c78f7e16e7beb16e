/**
 * How many sequences a test plays: `normal`, or `long` in the long run (`npm run test:long`), or what Q_SEQUENCES says.
 */
export function effort(normal: number, long: number): number {
  const asked = process.env['Q_SEQUENCES'];
  if (asked !== undefined) return Number(asked);
  return process.env['Q_LONG'] === '1' ? long : normal;
}
