import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';

// Memory where there is some to use: these tests flush often, and a disk's flush is not what they are about.
const root = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();

/** A new folder for the calling test file, removed after its tests. */
export function scratch(): string {
  const folder = mkdtempSync(path.join(root, 'q-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
