import { describe, expect, it } from 'vitest';
import { InFlight } from '../src/index.ts';
import { ByHand, moved, outcome, turns } from './support/disk.ts';

const broken = new Error('broken');

describe('what a request meets', () => {
  it('nothing: clear, up to the next allocation', () => {
    const disk = new ByHand();
    expect(disk.inFlight.meet(0, 2 ** 50)).toEqual({ kind: 'clear', to: 2 ** 50 });
    disk.begin('X', 300, 300, 310);
    expect(disk.inFlight.meet(0, 1000)).toEqual({ kind: 'clear', to: 300 });
    expect(disk.inFlight.meet(250, 299)).toEqual({ kind: 'clear', to: 299 });
    expect(disk.inFlight.meet(400, 1000)).toEqual({ kind: 'clear', to: 1000 });
    expect(disk.inFlight.meet(310, 1000)).toMatchObject({ kind: 'join', to: 400 });
  });

  it('one that is being finished: waits, at every stage, and is woken at its end', async () => {
    const disk = new ByHand();
    const { inFlight } = disk;
    const claim = disk.begin('X', 0, 0, 20);
    const states: string[] = [];
    const look = (): void => {
      states.push(claim.allocation.state);
      expect(inFlight.meet(50, 60)).toMatchObject({ kind: 'wait', to: 60 });
      expect(() => inFlight.join(claim.allocation, 50, 60)).toThrow(RangeError);
    };
    void outcome(inFlight.finishAll());
    look();
    void inFlight.complete(claim);
    await turns();
    look();
    await disk.io('fill').end();
    look();
    const met = inFlight.meet(50, 60);
    const woken = outcome(met.kind === 'wait' ? met.allocation.changed() : undefined);
    await disk.io('link').end();
    expect(states).toEqual(['closing', 'filling', 'linking']);
    expect(woken.state).toBe('fine');
    expect(inFlight.stats.waits).toBe(4);
    // Who asks too late has nothing to wait for.
    await claim.allocation.changed();
  });
});

describe('ending an allocation', () => {
  it('twice at a time is once, and an error reaches both', async () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    const { inFlight } = disk;
    const one = outcome(inFlight.finishAll());
    const two = outcome(inFlight.finishRange(0, 1));
    expect(disk.log).toEqual(['fill X 20-100']);
    await disk.io('fill').end(broken);
    expect([one.state, two.state]).toEqual(['Error: broken', 'Error: broken']);
    const third = outcome(inFlight.finishAll());
    await disk.io('fill').end();
    const fourth = outcome(inFlight.finishAll());
    await disk.io('link').end();
    expect([third.state, fourth.state]).toEqual(['fine', 'fine']);
    expect(disk.log.filter((line) => line === 'link X')).toHaveLength(1);
  });

  it('that is over already is nothing', () => {
    const disk = new ByHand();
    disk.atOnce.set('', undefined);
    const { allocation } = disk.begin('X', 0, 0, 100);
    void disk.inFlight.complete([...allocation.claims][0]!);
    expect(allocation.state).toBe('done');
    expect(disk.inFlight.finish(allocation)).toBeUndefined();
    expect(disk.log).toEqual(['link X']);
  });

  it('never happens while a claim is in flight, whoever asks', async () => {
    const disk = new ByHand();
    disk.atOnce.set('', undefined);
    const one = disk.begin('X', 0, 0, 50);
    const two = disk.join(50, 100);
    const three = disk.join(20, 30);
    void disk.inFlight.complete(one);
    const finished = outcome(disk.inFlight.finish(one.allocation));
    void disk.inFlight.complete(two);
    await turns();
    expect(disk.log).toEqual([]);
    void disk.inFlight.complete(three);
    await turns();
    expect(disk.log).toEqual(['link X']);
    expect(finished.state).toBe('fine');
  });

  it('frees its guest clusters, all of them, for the next one', () => {
    const disk = new ByHand();
    disk.atOnce.set('', undefined);
    void disk.inFlight.complete(disk.begin('X', 100, 100, 400, 3));
    expect(disk.inFlight.meet(0, 1000)).toEqual({ kind: 'clear', to: 1000 });
    expect(moved(disk.inFlight, 0, 1000)).toBe('');
    disk.begin('Y', 0, 0, 10, 5);
  });
});

describe('trim', () => {
  it('finishes the oldest until no more than maxOpen are in flight', async () => {
    const disk = new ByHand({ maxOpen: 2 });
    for (let i = 0; i < 5; i++)
      void disk.inFlight.complete(disk.begin(`${i}`, i * 100, i * 100, i * 100 + 1));
    const trimmed = outcome(disk.inFlight.trim());
    expect(disk.log.map((line) => line.slice(0, 6))).toEqual(['fill 0', 'fill 1', 'fill 2']);
    await disk.endAll();
    await disk.endAll();
    expect(trimmed.state).toBe('fine');
    expect(disk.inFlight.count).toBe(2);
    expect(disk.inFlight.trim()).toBeUndefined();
  });

  it.each(['synchronous', 'asynchronous'])(
    'leaves the error of an old allocation to the flush, not to whoever comes by (%s)',
    async (kind) => {
      const disk = new ByHand({ maxOpen: 2 });
      for (const i of [0, 1, 2]) {
        void disk.inFlight.complete(disk.begin(`${i}`, i * 100, i * 100, i * 100 + 1));
      }
      if (kind === 'synchronous') disk.atOnce.set('fill 0', broken);
      const trimmed = outcome(disk.inFlight.trim());
      if (kind === 'asynchronous') await disk.io('fill 0').end(broken);
      expect(trimmed.state).toBe('fine');
      expect(disk.inFlight.count).toBe(3);
      disk.atOnce.clear();
      disk.atOnce.set('', undefined);
      // The one that failed is passed over, not tried again for each request.
      void disk.inFlight.complete(disk.begin('3', 300, 300, 301));
      expect(disk.inFlight.trim()).toBeUndefined();
      expect(disk.log.filter((line) => line.startsWith('link'))).toEqual(['link 1', 'link 2']);
      expect(disk.inFlight.count).toBe(2);
      void disk.inFlight.finishAll();
      expect(disk.inFlight.count).toBe(0);
    },
  );

  it('fails when more than maxOpen cannot be finished, and not after they can', () => {
    const disk = new ByHand({ maxOpen: 2 });
    disk.atOnce.set('fill', broken).set('', undefined);
    const failed: boolean[] = [];
    for (let i = 0; i < 6; i++) {
      void disk.inFlight.complete(disk.begin(`${i}`, i * 100, i * 100, i * 100 + 1));
      try {
        void disk.inFlight.trim();
        failed.push(false);
      } catch (error) {
        expect(error).toBe(broken);
        failed.push(true);
      }
    }
    // Two are open in any case, two may fail; with the third one that fails the request hears of it.
    expect(failed).toEqual([false, false, false, false, true, true]);
    disk.atOnce.delete('fill');
    expect(disk.inFlight.trim()).toBeUndefined();
    expect(disk.inFlight.finishAll()).toBeUndefined();
    expect(disk.inFlight.count).toBe(0);
  });
});

describe('misuse', () => {
  it('is a RangeError, and changes nothing', () => {
    const disk = new ByHand();
    disk.begin('X', 300, 300, 310);
    const { inFlight } = disk;
    const run = { guest: 200, host: 0, length: 200, tag: 'Y' };
    expect(() => inFlight.begin(run, 200, 210)).toThrow('in flight');
    expect(inFlight.at(200)).toBeUndefined();
    for (const [guest, length, from, to] of [
      [50, 100, 50, 60],
      [0, 50, 0, 10],
      [0, 0, 0, 0],
      [-100, 100, -100, -50],
      [0, 100, 0, 101],
      [0, 100, 20, 20],
      [0, NaN, 0, 1],
    ] as const) {
      expect(() => inFlight.begin({ ...run, guest, length }, from, to)).toThrow(RangeError);
    }
    expect(inFlight.count).toBe(1);
    expect(inFlight.at(0)).toBeUndefined();
    expect(() => disk.inFlight.join(inFlight.at(300)!, 390, 410)).toThrow(RangeError);
    expect(inFlight.stats).toMatchObject({ allocations: 1, takeOvers: 0 });
  });

  it('is a RangeError in options', () => {
    const backend = { fill: () => {}, link: () => {}, cancel: () => {} };
    for (const options of [
      { clusterSize: 0 },
      { clusterSize: 512, granule: 100 },
      { clusterSize: 512, granule: 0 },
      { clusterSize: 512, maxOpen: 0 },
      { clusterSize: 512.5 },
    ]) {
      expect(() => new InFlight(backend, options)).toThrow(RangeError);
    }
  });

  it('is a TypeError where a claim ends twice', () => {
    const disk = new ByHand();
    const claim = disk.begin('X', 0, 0, 20);
    void disk.inFlight.complete(claim);
    expect(() => disk.inFlight.complete(claim)).toThrow(TypeError);
    expect(() => disk.inFlight.fail(claim)).toThrow(TypeError);
    expect(moved(disk.inFlight, 0, 100)).toBe('0-20');
  });
});
