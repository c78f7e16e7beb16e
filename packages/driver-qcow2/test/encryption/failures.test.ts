import { describe, expect, it } from 'vitest';
import { check } from '../../src/check/check.ts';
import { open } from '../../src/index.ts';
import { readAll } from '../support/chain.ts';
import { cutPower, type Judge } from '../support/cuts.ts';
import { effort } from '../support/effort.ts';
import { ENCRYPTED_SHAPES } from '../support/encrypted-shapes.ts';
import { failEach } from '../support/fault-run.ts';
import { gates } from '../support/shapes.ts';

const judge: Judge = async (survivor, durable) => {
  const report = await check(survivor.file);
  const dirty = report.findings.some(({ code }) => code === 'dirty');
  if (!dirty) {
    expect(report.findings.filter(({ severity }) => severity === 'corruption')).toEqual([]);
  }
  const disk = await open(survivor.file, { ...gates(survivor), readOnly: true });
  durable.verify(await readAll(disk));
  await disk.close();
};

describe.each(ENCRYPTED_SHAPES)('$name', (shape) => {
  it('has no corruption and all that was flushed after a power cut', async () => {
    for (let seed = 1; seed <= effort(1, 10); seed++) {
      const permuted = seed % 2 === 1;
      const judged = await cutPower(shape, { seed, batches: 8, each: 2, permuted }, judge);
      expect(judged).toBeGreaterThan(8);
    }
  });

  it('keeps what was acknowledged when an I/O call fails', async () => {
    expect(await failEach(shape, true, effort(6, 100))).toBeGreaterThan(0);
  });
});
