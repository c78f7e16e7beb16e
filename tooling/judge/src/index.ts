/**
 * The judges of the tests: QEMU's own tools and the reference traces. Tests that need one are wrapped in `withQemu` or `withTraces`;
 * where it is absent they are skipped with a printed note, and with Q_REQUIRE_JUDGES=1 their absence is a failure.
 * @module
 */
export { haveQemu, qemuImg, qemuIo, withQemu } from './qemu.ts';
export type { ToolResult } from './qemu.ts';
export { mappingSpans, referenceKeys, referenceRows } from './reference.ts';
export type { ReferenceRow } from './reference.ts';
export { scratch } from './scratch.ts';
export { tracePath, withTraces } from './traces.ts';
