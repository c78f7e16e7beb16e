import * as Plot from '@observablehq/plot';
import type { Markish, ScaleOptions } from '@observablehq/plot';
import type { Run } from '../../experiment/result.ts';
import type { RunsOfMap } from '../runs-of-map.ts';
import { draw } from './draw.ts';
import { escapeHtml } from './escape.ts';
import { sizeAxis } from './size-axis.ts';
import { panelsOf } from './series.ts';
import type { Panel, Series } from './series.ts';

/** One quantity against cache size, drawn once for each panel of strategies on the same axes. */
export interface PanelPlot {
  /** What is drawn, for screen readers: `Miss ratio against cache size`. */
  readonly what: string;
  readonly y: { label: string; type?: 'log'; tickFormat: (value: number) => string };
  /** Lines that go above this are cut off there. */
  readonly most?: number;
  /** Undefined where the run has no such value: its point is left out. */
  readonly value: (run: Run) => number | undefined;
  /** The value of an unlimited cache, where it has one. */
  readonly unlimited?: number;
  /** Whether Belady's bound is drawn in. */
  readonly bound: boolean;
}

const WIDTH = 350;
const HEIGHT = 300;
const NARROW = 4;

/** The panels as HTML: a key for what is in all of them, and a figure each with the key of its own lines. */
export function panelPlots(group: RunsOfMap, plot: PanelPlot): string {
  const values = group.runs.map(plot.value).filter((value) => value !== undefined);
  if (plot.unlimited !== undefined) values.push(plot.unlimited);
  const domain: [number, number] = [
    Math.min(...values),
    Math.min(Math.max(...values), plot.most ?? Infinity),
  ];
  const y: ScaleOptions = { ...plot.y, domain, ticks: 6, inset: 6 };
  // Over a narrow range a logarithmic axis has nothing to label.
  const log = plot.y.type === 'log' && domain[1] / domain[0] > NARROW;
  Object.assign(y, log ? { ticks: logTicks(domain) } : { type: 'linear', nice: true });
  const figures = panelsOf(group).map((panel) => figure(group, panel, plot, y));
  return `${commonKey(group, plot)}<div class="panels">${figures.join('')}</div>`;
}

/** 1, 2 and 5 times powers of ten inside `domain`; powers of ten alone where that would be many. */
function logTicks([least, most]: [number, number]): number[] {
  const ticks: number[] = [];
  const steps = most / least > 1000 ? [1] : most / least > 50 ? [1, 3] : [1, 2, 5];
  for (let power = Math.floor(Math.log10(least)); power <= Math.log10(most); power++) {
    ticks.push(...steps.map((step) => Number(`${step}e${power}`)));
  }
  return ticks.filter((tick) => tick >= least && tick <= most);
}

function figure(group: RunsOfMap, panel: Panel, plot: PanelPlot, y: ScaleOptions): string {
  const runsOf = (strategy: string): Run[] =>
    group.runs.filter((run) => run.strategy === strategy).sort((a, b) => a.tables - b.tables);
  const x = (run: Run): number => run.tables;
  const marks: Markish[] = [
    y.type === 'log'
      ? Plot.gridY(y.ticks as number[], { strokeOpacity: 0.12 })
      : Plot.gridY({ strokeOpacity: 0.12 }),
  ];
  if (plot.unlimited !== undefined) {
    marks.push(Plot.ruleY([plot.unlimited], { stroke: 'var(--bound)', strokeDasharray: '1,4' }));
  }
  if (group.reference !== undefined) {
    const stroke = 'var(--reference)';
    marks.push(Plot.line(runsOf(group.reference), { x, y: plot.value, stroke, strokeWidth: 6 }));
  }
  if (plot.bound && group.strategies.includes('belady')) {
    const options = { stroke: 'var(--bound)', strokeWidth: 1.5, strokeDasharray: '5,4' };
    marks.push(Plot.line(runsOf('belady'), { x, y: plot.value, ...options }));
  }
  for (const { strategy, color, symbol } of panel.series) {
    const runs = runsOf(strategy);
    marks.push(
      Plot.line(runs, { x, y: plot.value, stroke: color, strokeWidth: 1.6 }),
      Plot.dot(runs, { x, y: plot.value, fill: color, symbol, r: 3.5 }),
    );
  }
  const svg = draw(`${plot.what}: ${panel.title}`, {
    width: WIDTH,
    height: HEIGHT,
    marginLeft: 48,
    marginRight: 10,
    marginBottom: 42,
    x: sizeAxis(group.sizes),
    y,
    clip: true,
    marks,
  });
  return `<figure><figcaption>${escapeHtml(panel.title)}</figcaption>${panelKey(panel)}${svg}</figure>`;
}

function panelKey(panel: Panel): string {
  const items = panel.series.map((series) => item(series.strategy, sample(series)));
  return `<ul class="key">${items.join('')}</ul>`;
}

function commonKey(group: RunsOfMap, plot: PanelPlot): string {
  const line = (stroke: string): string => `<path d="M0 7H26" ${stroke}/>`;
  const items: string[] = [];
  if (group.reference !== undefined) {
    items.push(item(group.reference, line('stroke="var(--reference)" stroke-width="6"')));
  }
  const bound = 'stroke="var(--bound)" stroke-width="1.5" stroke-dasharray=';
  if (plot.bound && group.strategies.includes('belady')) {
    items.push(item('Belady\u2019s bound', line(`${bound}"5,4"`)));
  }
  if (plot.unlimited !== undefined) items.push(item('unlimited cache', line(`${bound}"1,4"`)));
  return `<ul class="key">${items.join('')}${panelsOf(group).length > 1 ? '<li class="soft">in every panel</li>' : ''}</ul>`;
}

const item = (name: string, line: string): string =>
  `<li><svg width="26" height="14" aria-hidden="true">${line}</svg>${escapeHtml(name)}</li>`;

const SHAPES: Readonly<Record<Series['symbol'], string>> = {
  circle: '<circle cx="13" cy="7" r="3.5"/>',
  square: '<path d="M9.8 3.8h6.4v6.4h-6.4z"/>',
  triangle: '<path d="M13 2.2l4.4 7.6h-8.8z"/>',
  diamond: '<path d="M13 2l3 5l-3 5l-3 -5z"/>',
  cross: '<path d="M11.6 2.8h2.8v2.8h2.8v2.8h-2.8v2.8h-2.8v-2.8h-2.8v-2.8h2.8z"/>',
  star: '<path d="M13 1.8l1.5 3.5 3.8.3-2.9 2.5.9 3.7-3.3-2-3.3 2 .9-3.7-2.9-2.5 3.8-.3z"/>',
};

const sample = ({ color, symbol }: Series): string =>
  `<g fill="${color}"><path d="M0 7H26" stroke="${color}" stroke-width="1.6"/>${SHAPES[symbol]}</g>`;
