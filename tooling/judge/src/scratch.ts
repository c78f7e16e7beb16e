import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

/** A new folder for the calling test file, removed after its tests. */
export function scratch(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'q-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
