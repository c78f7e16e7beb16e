/** How much of something a test does: in the default run, in the long one, or as Q_SEQUENCES says. */
export function effort(usual: number, long: number): number {
  const asked = process.env['Q_SEQUENCES'];
  if (asked !== undefined) return Number(asked);
  return process.env['Q_LONG'] === '1' ? long : usual;
}
