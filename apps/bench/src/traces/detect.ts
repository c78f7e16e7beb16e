import { TraceError } from './trace-error.ts';
import type { TraceFormat } from './format.ts';

/** The format called `name`, upper or lower case. Throws a `RangeError` that lists the names. */
export function formatNamed(name: string, formats: readonly TraceFormat[]): TraceFormat {
  const wanted = name.toLowerCase();
  const found = formats.find((format) => format.name.toLowerCase() === wanted);
  if (found) return found;
  throw new RangeError(
    `no trace format ${JSON.stringify(name)}: one of ${formats.map((f) => f.name).join(', ')}`,
  );
}

/**
 * The format of a file by its name or first bytes, where these fit one format only. Lines of five columns never tell: the same five
 * numbers are a DiskSim, an SSDSim and a Heimdall request, with other units and the opposite meaning of 1.
 */
export function detectFormat(
  file: string,
  head: Uint8Array,
  formats: readonly TraceFormat[],
): TraceFormat {
  const name = file.toLowerCase().replace(/\.(gz|zst|zstd)$/, '');
  const byName = formats.filter((f) => f.extensions.some((end) => name.endsWith(end)));
  if (byName.length === 1) return byName[0]!;
  const text = String.fromCharCode(...head);
  const byBytes = formats.filter((f) => f.sniff?.test(text));
  if (byBytes.length === 1) return byBytes[0]!;
  const candidates = byBytes.length > 1 ? byBytes : likely(text, formats);
  throw new TraceError(
    'unknown-format',
    file,
    `neither name nor first bytes tell the format for certain; give one with --format: ${candidates
      .map((f) => f.name)
      .join(', ')}`,
  );
}

/** Formats to suggest: those that can hold as many columns as the first line has. */
function likely(text: string, formats: readonly TraceFormat[]): readonly TraceFormat[] {
  const line = text.split('\n', 1)[0]!.trim();
  const names = /^[\d.]+([ \t]+[\d.]+){4}$/.test(line)
    ? ['ssdsim', 'disksim', 'heimdall']
    : /^[\w.]+(,[ \t]*[\w.]+){4}$/.test(line)
      ? ['spc', 'alibaba', 'tencent']
      : /^[\d.]+([ \t]+[\d.]+){3}$/.test(line)
        ? ['arc']
        : [];
  const some = formats.filter((f) => names.includes(f.name));
  return some.length > 0 ? some : formats;
}
