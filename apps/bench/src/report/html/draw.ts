import { plot } from '@observablehq/plot';
import type { PlotOptions } from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { escapeHtml } from './escape.ts';

const { document } = parseHTML('<!doctype html><html><body></body></html>');

/** Renders a plot to SVG for a page, with `label` as what a screen reader says instead. Colors and fonts come from the page's style. */
export function draw(label: string, options: PlotOptions): string {
  const svg = plot({
    ...options,
    document: document as unknown as NonNullable<PlotOptions['document']>,
    style: { fontSize: '12px', ...(options.style as object | undefined) },
  });
  return String(svg.outerHTML)
    .replace(/ xmlns(:xlink)?="[^"]*"/g, '')
    .replace(/<style>[\s\S]*?<\/style>/g, '')
    .replace(/^<svg/, `<svg role="img" aria-label="${escapeHtml(label)}"`);
}
