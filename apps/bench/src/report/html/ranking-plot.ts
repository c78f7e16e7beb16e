import * as Plot from '@observablehq/plot';
import type { RunsOfMap } from '../runs-of-map.ts';
import { formatBytes, formatChange, formatCount, formatNs, formatRatio } from '../units.ts';
import { draw } from './draw.ts';

interface Row {
  readonly name: string;
  readonly misses: number;
  readonly bytesLoaded: number;
  readonly nsPerAccess: number | null;
  readonly kind: 'strategy' | 'reference' | 'bound';
}

/** Pixels of a column of numbers beside the bars. */
const COLUMN = 88;

/** The misses of all strategies at the telling size as bars, fewest first, with the bounds among them. */
export function rankingPlot(group: RunsOfMap): string {
  const rows: Row[] = group.runs
    .filter((run) => run.tables === group.tellingSize)
    .map(({ strategy, misses, bytesLoaded, nsPerAccess }) => ({
      name: strategy === 'belady' ? 'Belady\u2019s bound' : strategy,
      misses,
      bytesLoaded,
      nsPerAccess,
      kind:
        strategy === 'belady' ? 'bound' : strategy === group.reference ? 'reference' : 'strategy',
    }));
  const { misses, bytesLoaded } = group.unlimited;
  rows.push({ name: 'unlimited', misses, bytesLoaded, nsPerAccess: null, kind: 'bound' });
  rows.sort((a, b) => a.misses - b.misses);
  const reference = rows.find((row) => row.kind === 'reference');
  const columns: [title: string, text: (row: Row) => string][] = [
    ['miss ratio', (row) => formatRatio(row.misses / group.accesses)],
    ['misses', (row) => formatCount(row.misses)],
    ['loaded', (row) => formatBytes(row.bytesLoaded)],
  ];
  if (rows.some((row) => row.nsPerAccess !== null)) {
    columns.push([
      'time/access',
      (row) => (row.nsPerAccess === null ? '' : formatNs(row.nsPerAccess)),
    ]);
  }
  if (reference) {
    const against = (row: Row): string =>
      row === reference ? '' : formatChange(row.misses, reference.misses);
    columns.push([`vs ${reference.name}`, against]);
  }
  const bars = (kind: Row['kind'], fill: string, outline?: object): Plot.Markish =>
    Plot.barX(
      rows.filter((row) => row.kind === kind),
      { x: 'misses', y: 'name', fill, insetTop: 2, insetBottom: 2, ...outline },
    );
  return draw(`Misses with ${group.tellingSize} tables, fewest first`, {
    width: 1080,
    height: 30 + rows.length * 24,
    marginLeft: 130,
    marginRight: 10 + columns.length * COLUMN,
    marginTop: 24,
    marginBottom: 6,
    x: { axis: null, domain: [0, Math.max(...rows.map((row) => row.misses))] },
    y: { label: null, domain: rows.map((row) => row.name), tickSize: 0 },
    style: { fontSize: '13px' },
    marks: [
      bars('strategy', 'var(--bar)'),
      bars('reference', 'var(--accent)'),
      bars('bound', 'var(--bar-bound)', { stroke: 'var(--bound)', strokeDasharray: '3,3' }),
      ...(reference ? [Plot.ruleX([reference.misses], { stroke: 'var(--accent)' })] : []),
      ...columns.flatMap(([title, text], i) => {
        const dx = (i + 1) * COLUMN;
        return [
          Plot.text(rows, { y: 'name', text, frameAnchor: 'right', textAnchor: 'end', dx }),
          Plot.text([title], {
            frameAnchor: 'top-right',
            textAnchor: 'end',
            dx,
            dy: -20,
            fill: 'var(--soft)',
            fontSize: 12,
          }),
        ];
      }),
    ],
  });
}
