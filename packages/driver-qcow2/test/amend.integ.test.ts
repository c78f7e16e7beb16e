import { openFile } from '@q/block/node';
import { qemuImg, qemuIo, scratch, withQemu } from '@q/judge';
import { copyFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { Qcow2AmendOptions } from '../src/index.ts';
import { openImage } from './support/chain.ts';

const CLUSTER = 65536;

withQemu('amended images', () => {
  const folder = scratch();
  const image = (name: string): string => path.join(folder, name);

  /** An image of QEMU with data, zeroes and a snapshot. */
  function furnished(compat: string, backing: boolean): void {
    const below = backing ? ['-b', 'below.raw', '-F', 'raw'] : [];
    qemuImg(['create', '-q', '-f', 'raw', image('below.raw'), '4M']);
    qemuIo(image('below.raw'), ['write -q -P 3 0 4M'], ['-f', 'raw']);
    const options = ['-o', `compat=${compat}`, ...below, image('theirs.qcow2'), '4M'];
    qemuImg(['create', '-q', '-f', 'qcow2', ...options], [0], folder);
    const io = (...commands: string[]): void => {
      qemuIo(image('theirs.qcow2'), commands, ['-f', 'qcow2']);
    };
    io('write -q -P 1 0 1M', `write -q -P 2 2M ${CLUSTER}`);
    if (compat === '1.1') io(`write -q -z 128k 256k`, `write -q -z -u 3M 128k`);
    qemuImg(['snapshot', '-c', 's', image('theirs.qcow2')], [0], folder);
    io('write -q -P 5 64k 100k');
    if (compat === '1.1') io('write -q -z 512k 64k');
    copyFileSync(image('theirs.qcow2'), image('ours.qcow2'));
  }

  async function amend(change: Qcow2AmendOptions): Promise<void> {
    const file = openFile(image('ours.qcow2'));
    const disk = await openImage(image('ours.qcow2'), { file, readOnly: false });
    await disk.amend(change);
    await disk.close();
    await file.close();
  }

  function expectSame(): void {
    const [ours, theirs] = [image('ours.qcow2'), image('theirs.qcow2')];
    const compare = (): void => {
      qemuImg(['check', '-q', '-f', 'qcow2', ours], [0], folder);
      qemuImg(['compare', '-q', '-f', 'qcow2', '-F', 'qcow2', ours, theirs], [0], folder);
    };
    compare();
    for (const one of [ours, theirs]) qemuImg(['snapshot', '-a', 's', one], [0], folder);
    compare();
  }

  for (const backing of [false, true]) {
    it(`have the header of qemu-img when the version goes up: backing file ${backing}`, async () => {
      furnished('0.10', backing);
      await amend({ version: 3 });
      qemuImg(['amend', '-f', 'qcow2', '-o', 'compat=1.1', image('theirs.qcow2')], [0], folder);
      const head = (name: string): Buffer => readFileSync(image(name)).subarray(0, CLUSTER);
      expect(Buffer.compare(head('ours.qcow2'), head('theirs.qcow2'))).toBe(0);
      expectSame();
    });

    it(`keep disk and snapshot when it goes down: backing file ${backing}`, async () => {
      furnished('1.1', backing);
      await amend({ version: 2 });
      // Compared with the image as it was: QEMU 7.2 writes its zeroes into clusters that the snapshot has data in.
      expect(readFileSync(image('ours.qcow2'))[7]).toBe(2);
      expectSame();
    });
  }

  it('switch lazy refcounts as qemu-img does', async () => {
    furnished('1.1', false);
    for (const lazyRefcounts of [true, false]) {
      await amend({ lazyRefcounts });
      const options = `lazy_refcounts=${lazyRefcounts ? 'on' : 'off'}`;
      qemuImg(['amend', '-f', 'qcow2', '-o', options, image('theirs.qcow2')], [0], folder);
      const head = (name: string): Buffer => readFileSync(image(name)).subarray(0, CLUSTER);
      expect(Buffer.compare(head('ours.qcow2'), head('theirs.qcow2'))).toBe(0);
    }
    expectSame();
  });

  it('name another backing file, as after qemu-img rebase -u', async () => {
    furnished('1.1', true);
    copyFileSync(image('below.raw'), image('another-name-for-it.raw'));
    await amend({ backing: { name: 'another-name-for-it.raw', format: 'raw' } });
    const { stdout } = qemuImg(['info', '--output=json', image('ours.qcow2')], [0], folder);
    expect(JSON.parse(stdout)).toMatchObject({
      'backing-filename': 'another-name-for-it.raw',
      'backing-filename-format': 'raw',
    });
    expectSame();
  });
});
