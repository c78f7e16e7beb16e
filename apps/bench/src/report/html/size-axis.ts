import type { ScaleOptions } from '@observablehq/plot';
import { formatCount } from '../units.ts';

/** A base-2 axis of cache sizes, ascending, with a label at each of them or, where they are many, at eight or fewer. */
export function sizeAxis(sizes: readonly number[]): ScaleOptions {
  const every = Math.ceil(sizes.length / 8);
  const ticks = sizes.filter((_, i) => (sizes.length - 1 - i) % every === 0);
  const [least, most] = [sizes[0]!, sizes.at(-1)!];
  return {
    type: 'log',
    base: 2,
    domain: least === most ? [least / 2, most * 2] : [least, most],
    ticks,
    tickFormat: (tables: number) => formatCount(tables),
    label: 'tables \u2192',
    labelOffset: 38,
    inset: 6,
  };
}
