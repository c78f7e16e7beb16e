const POWERS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Bytes in powers of 1024, with three significant digits where they are not whole: `11.3 MiB`, `64 KiB`. */
export function formatBytes(bytes: number): string {
  let power = 0;
  let value = bytes;
  while (value >= 1023.5 && power < POWERS.length - 1) {
    value /= 1024;
    power++;
  }
  const digits = Number.isInteger(value) || value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
  return `${value.toFixed(digits)} ${POWERS[power]}`;
}

/** A whole number with thin groups of three: `113,872`. */
export function formatCount(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A ratio as per cent with three significant digits: `2.41%`, `0.87%`, `38.6%`. */
export function formatRatio(ratio: number): string {
  const percent = ratio * 100;
  return `${percent.toFixed(percent >= 99.95 ? 0 : percent >= 9.995 ? 1 : 2)}%`;
}

/** A change against a reference as per cent with its sign: `+17%`, `-0.4%`, `0%`. */
export function formatChange(value: number, reference: number): string {
  const percent = (value / reference - 1) * 100;
  if (percent === 0) return '0%';
  const text = Math.abs(percent).toFixed(Math.abs(percent) < 9.95 ? 1 : 0);
  return `${percent < 0 ? '\u2212' : '+'}${text}%`;
}

/** A change against a reference in words: `17% more than`, `0.4% fewer than`, `as many as`. */
export function changeInWords(value: number, reference: number): string {
  if (value === reference) return 'as many as';
  const change = formatChange(value, reference).slice(1);
  return `${change} ${value < reference ? 'fewer' : 'more'} than`;
}

/** Nanoseconds: `7.4 ns`, `132 ns`, `41.0 us`. */
export function formatNs(ns: number): string {
  if (ns >= 9999.5) return `${(ns / 1000).toFixed(1)} us`;
  return `${ns.toFixed(ns >= 99.95 ? 0 : 1)} ns`;
}

/** A ratio as a label of an axis: `10%`, `0.3%`. */
export function formatTick(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(2))}%`.replace('-', '\u2212');
}
