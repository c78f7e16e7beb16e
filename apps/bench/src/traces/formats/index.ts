import { arc } from './arc.ts';
import { cloudphysics } from './cloudphysics.ts';
import { qCsv } from './q-csv.ts';
import { vscsi } from './vscsi.ts';
import type { TraceFormat } from '../format.ts';

/** All formats, by which name or first bytes may tell a file. */
export const traceFormats: readonly TraceFormat[] = [vscsi, cloudphysics, arc, qCsv];
