import * as Plot from '@observablehq/plot';
import { familyOf } from '../../strategies/registry.ts';
import type { RunsOfMap } from '../runs-of-map.ts';
import { formatBytes } from '../units.ts';
import { draw } from './draw.ts';
import { escapeHtml } from './escape.ts';
import { sizeAxis } from './size-axis.ts';

interface Point {
  readonly memory: number;
  readonly least: number;
  readonly most: number;
  readonly reference: number | undefined;
  readonly belady: number | undefined;
}

/** Bytes loaded against bytes of cache, on one pair of axes for all mappings: what the size of a table does, at equal memory. */
export function bytesPlot(groups: readonly RunsOfMap[]): string {
  const marks: Plot.Markish[] = [
    Plot.gridY({ strokeOpacity: 0.12 }),
    Plot.gridX({ strokeOpacity: 0.12 }),
  ];
  const key: string[] = [];
  groups.forEach((group, i) => {
    const color = `var(--series-${(i % 6) + 1})`;
    const points = pointsOf(group);
    const x = 'memory';
    marks.push(
      Plot.areaY(points, { x, y1: 'least', y2: 'most', fill: color, fillOpacity: 0.18 }),
      Plot.line(points, { x, y: 'reference', stroke: color, strokeWidth: 2 }),
      Plot.dot(points, { x, y: 'reference', fill: color, r: 3 }),
      Plot.line(points, {
        x,
        y: 'belady',
        stroke: color,
        strokeWidth: 1.5,
        strokeDasharray: '5,4',
      }),
      Plot.ruleY([group.unlimited.bytesLoaded], { stroke: color, strokeDasharray: '1,4' }),
    );
    key.push(
      `<li><svg width="26" height="14" aria-hidden="true"><path d="M0 7H26" stroke="${color}" stroke-width="2"/></svg>` +
        `${escapeHtml(group.map)}: tables of ${formatBytes(group.tableBytes)}</li>`,
    );
  });
  const memory = groups.flatMap((group) => pointsOf(group).map((point) => point.memory));
  const svg = draw('Bytes of tables loaded against bytes of cache', {
    width: 1080,
    height: 340,
    marginLeft: 70,
    marginRight: 20,
    marginBottom: 44,
    x: {
      ...sizeAxis([...new Set(memory)].sort((x, y) => x - y)),
      tickFormat: formatBytes,
      label: 'cache memory \u2192',
      inset: 0,
    },
    y: { type: 'log', base: 2, tickFormat: formatBytes, ticks: 7, label: '\u2191 tables loaded' },
    marks,
  });
  return `<figure class="wide"><ul class="key">${key.join('')}</ul>${svg}</figure>`;
}

function pointsOf(group: RunsOfMap): Point[] {
  return group.sizes.map((tables) => {
    const runs = group.runs.filter((run) => run.tables === tables);
    const real = runs.filter((run) => familyOf(run.strategy) !== 'bound');
    const loaded = real.map((run) => run.bytesLoaded);
    return {
      memory: tables * group.tableBytes,
      least: Math.min(...loaded),
      most: Math.max(...loaded),
      reference: runs.find((run) => run.strategy === group.reference)?.bytesLoaded,
      belady: runs.find((run) => run.strategy === 'belady')?.bytesLoaded,
    };
  });
}
