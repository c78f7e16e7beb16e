import { familyOf } from '../../strategies/registry.ts';
import type { StrategyFamily } from '../../strategies/registry.ts';
import type { RunsOfMap } from '../runs-of-map.ts';

/** How one strategy is drawn: a color variable of the page's style and a symbol, so that color is not needed to tell lines apart. */
export interface Series {
  readonly strategy: string;
  readonly color: string;
  readonly symbol: 'circle' | 'square' | 'triangle' | 'diamond' | 'cross' | 'star';
}

/** Strategies drawn in one panel: few enough to be told apart. */
export interface Panel {
  readonly title: string;
  readonly series: readonly Series[];
}

const SYMBOLS = ['circle', 'square', 'triangle', 'diamond', 'cross', 'star'] as const;

const TITLES: Readonly<Record<Exclude<StrategyFamily, 'bound'>, string>> = {
  lookup: 'LRU, looked up in different ways',
  simple: 'Simple policies',
  adaptive: 'Adaptive policies',
};

/** Panels of at most six strategies, by family. The reference and the bounds are drawn in all of them, and are in none. */
export function panelsOf(group: RunsOfMap): Panel[] {
  const panels: Panel[] = [];
  for (const [family, title] of Object.entries(TITLES)) {
    const names = group.strategies.filter(
      (name) => familyOf(name) === family && name !== group.reference,
    );
    for (let at = 0; at < names.length; at += SYMBOLS.length) {
      const series = names.slice(at, at + SYMBOLS.length).map((strategy, i) => ({
        strategy,
        color: `var(--series-${i + 1})`,
        symbol: SYMBOLS[i]!,
      }));
      panels.push({ title: at === 0 ? title : `${title} (continued)`, series });
    }
  }
  // The reference alone, or the bound alone, still has its curve.
  return panels.length > 0 ? panels : [{ title: group.strategies.join(', '), series: [] }];
}
