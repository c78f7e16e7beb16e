// Each row of what the RFC leaves open: a child fails, a parent fails, a flush fails, somebody waits, a discard or a snapshot comes.
import { describe, expect, it } from 'vitest';
import { Lock } from '../src/index.ts';
import { ByHand, moved, outcome, show, turns } from './support/disk.ts';

const broken = new Error('broken');

describe('a write fails', () => {
  it('that took over: its bytes are copied after all', async () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    const child = disk.join(20, 40);
    expect(disk.inFlight.fail(child)).toBeUndefined();
    expect(moved(disk.inFlight, 0, 100)).toBe('0-20');
    void outcome(disk.inFlight.finishAll());
    expect(disk.log).toEqual(['fill X 20-100']);
    await disk.io('fill').end();
    await disk.io('link').end();
    expect(disk.inFlight.count).toBe(0);
  });

  it('that made the allocation: what others wrote stays, and the rest is copied', async () => {
    const disk = new ByHand();
    const parent = disk.begin('X', 0, 10, 20);
    const child = disk.join(20, 40);
    void disk.inFlight.fail(parent);
    expect(disk.log).toEqual([]);
    void disk.inFlight.complete(child);
    expect(moved(disk.inFlight, 0, 100)).toBe('20-40');
    void outcome(disk.inFlight.finishAll());
    expect(disk.log).toEqual(['fill X 0-20 40-100']);
  });

  it('and it was the last hope: the clusters are given back, once', async () => {
    const disk = new ByHand();
    const parent = disk.begin('X', 0, 0, 20);
    const child = disk.join(20, 40);
    expect(disk.inFlight.fail(parent)).toBeUndefined();
    const given = outcome(disk.inFlight.fail(child));
    expect(disk.log).toEqual(['cancel X']);
    expect(given.state).toBe('pending');
    // The guest clusters are free at once for the next request.
    expect(disk.inFlight.meet(0, 10)).toEqual({ kind: 'clear', to: 10 });
    disk.begin('Y', 0, 0, 10);
    await disk.io('cancel').end(broken);
    expect(given.state).toBe('Error: broken');
    expect(disk.inFlight.at(0)?.tag).toBe('Y');
  });

  it('where another has written since: the acknowledged bytes stay, not the old ones', () => {
    const disk = new ByHand();
    const slow = disk.begin('X', 0, 0, 60);
    void disk.inFlight.complete(disk.join(40, 80));
    void disk.inFlight.fail(slow);
    expect(moved(disk.inFlight, 0, 100)).toBe('40-80');
    expect(show(slow.allocation.holes.list())).toBe('0-40 80-100');
  });

  it('where another is just writing: its bytes are no hole until that fails too', () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 5));
    const one = disk.join(10, 60);
    const two = disk.join(40, 80);
    void disk.inFlight.fail(one);
    expect(show(one.allocation.holes.list())).toBe('5-40 80-100');
    void disk.inFlight.fail(two);
    expect(show(one.allocation.holes.list())).toBe('5-100');
  });

  it('over bytes that are there already: nothing is left to do, so it is linked', async () => {
    const disk = new ByHand();
    const all = disk.begin('X', 0, 0, 100);
    const over = disk.join(20, 40);
    void disk.inFlight.complete(all);
    expect(disk.log).toEqual([]);
    const failed = outcome(disk.inFlight.fail(over));
    expect(disk.log).toEqual(['link X']);
    await disk.io('link').end();
    expect(failed.state).toBe('fine');
  });

  it('while a flush waits for it: what it gave back is copied by that flush', async () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    const child = disk.join(20, 40);
    const flushed = outcome(disk.inFlight.finishAll());
    await turns();
    expect(disk.log).toEqual([]);
    expect(disk.inFlight.meet(40, 50).kind).toBe('wait');
    expect(disk.inFlight.fail(child)).toBeUndefined();
    await turns();
    expect(disk.log).toEqual(['fill X 20-100']);
    await disk.io('fill').end();
    await disk.io('link').end();
    expect(flushed.state).toBe('fine');
  });

  it('while a flush waits for it and nobody else wrote: cancelled, and the flush is fine', async () => {
    const disk = new ByHand();
    const only = disk.begin('X', 0, 0, 20);
    const flushed = outcome(disk.inFlight.finishAll());
    void disk.inFlight.fail(only);
    await turns();
    expect(disk.log).toEqual(['cancel X']);
    await disk.io('cancel').end();
    expect(flushed.state).toBe('fine');
    expect(only.allocation.state).toBe('cancelled');
  });
});

describe('a flush fails', () => {
  it('in a copy: open again with all that was acknowledged, readable, joinable, and done by the next flush', async () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    const first = outcome(disk.inFlight.finishAll());
    const met = disk.inFlight.meet(50, 60);
    const waiting = outcome(met.kind === 'wait' ? met.allocation.changed() : undefined);
    await disk.io('fill').end(broken);
    expect(first.state).toBe('Error: broken');
    expect(waiting.state).toBe('fine');
    expect(moved(disk.inFlight, 0, 100)).toBe('0-20');
    // A request copies what is in front of it along.
    void disk.inFlight.complete(disk.join(50, 60));
    const second = outcome(disk.inFlight.finishAll());
    expect(disk.log).toEqual(['fill X 20-100', 'fill X 60-100']);
    await disk.io('fill').end();
    await disk.io('link').end();
    expect(second.state).toBe('fine');
    expect(disk.inFlight.stats.filledBytes).toBe(40);
  });

  it('in a link: copied bytes are still read at their old place, and may be overwritten before the next flush', async () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    const first = outcome(disk.inFlight.finishAll());
    await disk.io('fill').end();
    await disk.io('link').end(broken);
    expect(first.state).toBe('Error: broken');
    expect(moved(disk.inFlight, 0, 100)).toBe('0-20');
    void disk.inFlight.complete(disk.join(20, 70));
    expect(moved(disk.inFlight, 0, 100)).toBe('0-70');
    const second = outcome(disk.inFlight.finishAll());
    await disk.io('fill').end();
    expect(disk.log).toEqual(['fill X 20-100', 'link X', 'fill X 70-100', 'link X']);
    await disk.io('link').end();
    expect(second.state).toBe('fine');
    expect(disk.inFlight.stats).toMatchObject({ filledBytes: 30, cancelledBytes: 50 });
  });

  it('for one allocation: all others are finished, the first error is reported', async () => {
    const disk = new ByHand();
    for (const at of [0, 100, 200]) {
      void disk.inFlight.complete(disk.begin(`${at}`, at, at, at + 10));
    }
    disk.atOnce.set('fill 100', broken);
    const flushed = outcome(disk.inFlight.finishAll());
    await disk.endAll();
    await disk.endAll();
    expect(flushed.state).toBe('Error: broken');
    expect(disk.log.filter((line) => line.startsWith('link'))).toEqual(['link 0', 'link 200']);
    expect(disk.inFlight.count).toBe(1);
  });

  it('for the write that filled the last hole: it hears of it, and its bytes are there', async () => {
    const disk = new ByHand();
    const wrote = outcome(disk.inFlight.complete(disk.begin('X', 0, 0, 100)));
    await disk.io('link').end(broken);
    expect(wrote.state).toBe('Error: broken');
    expect(moved(disk.inFlight, 0, 100)).toBe('0-100');
  });

  it('synchronously: the same', () => {
    const disk = new ByHand();
    disk.atOnce.set('fill', broken);
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    expect(() => disk.inFlight.finishAll()).toThrow('broken');
    disk.atOnce.set('fill', undefined).set('link', broken);
    expect(() => disk.inFlight.finishAll()).toThrow('broken');
    expect(disk.inFlight.at(0)?.state).toBe('open');
    disk.atOnce.set('link', undefined);
    expect(disk.inFlight.finishAll()).toBeUndefined();
    expect(disk.inFlight.count).toBe(0);
    const fill = 'fill X 20-100';
    expect(disk.log).toEqual([fill, fill, 'link X', fill, 'link X']);
  });
});

describe('what must not go on beside it', () => {
  it('a discard of the same cluster finishes it first, and only it', async () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    void disk.inFlight.complete(disk.begin('Y', 300, 300, 320));
    const ready = outcome(disk.inFlight.finishRange(50, 300));
    expect(disk.log).toEqual(['fill X 20-100']);
    await disk.io('fill').end();
    await disk.io('link').end();
    expect(ready.state).toBe('fine');
    expect(disk.inFlight.meet(50, 400)).toEqual({ kind: 'clear', to: 300 });
  });

  it('a snapshot finishes everything, and has the mapping for itself until it is done', async () => {
    const disk = new ByHand();
    const lock = new Lock();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    let end!: () => void;
    const snapshot = disk.inFlight.quiesce(lock, () => {
      expect(disk.inFlight.at(0)).toBeUndefined();
      disk.log.push('snapshot');
      return new Promise<string>((resolve) => (end = () => resolve('taken')));
    });
    const seen = outcome(snapshot);
    const met = disk.inFlight.meet(500, 600);
    expect(met).toMatchObject({ kind: 'wait', to: 600 });
    const writer = outcome(met.kind === 'wait' ? met.allocation.changed() : undefined);
    const discard = outcome(disk.inFlight.finishRange(500, 600));
    await disk.io('fill').end();
    await disk.io('link').end();
    expect(disk.log.at(-1)).toBe('snapshot');
    expect([seen.state, writer.state, discard.state]).toEqual(['pending', 'pending', 'pending']);
    expect(disk.inFlight.count).toBe(1);
    end();
    await turns();
    expect([seen.state, writer.state, discard.state]).toEqual(['fine', 'fine', 'fine']);
    expect(await snapshot).toBe('taken');
    expect(disk.inFlight.count).toBe(0);
    expect(disk.inFlight.meet(500, 600).kind).toBe('clear');
  });

  it('a snapshot also waits for what was being planned when it came', async () => {
    const disk = new ByHand();
    disk.atOnce.set('', undefined);
    const lock = new Lock();
    let plan!: () => void;
    const planning = lock.run(() => new Promise<void>((resolve) => (plan = resolve)));
    const seen = outcome(disk.inFlight.quiesce(lock, () => void disk.log.push('snapshot')));
    await turns();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    plan();
    await planning;
    await turns();
    expect(disk.log).toEqual(['fill X 20-100', 'link X', 'snapshot']);
    expect(seen.state).toBe('fine');
  });

  it('a snapshot that cannot finish everything fails, and requests go on', async () => {
    const disk = new ByHand();
    disk.atOnce.set('fill', broken);
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    const lock = new Lock();
    await expect(disk.inFlight.quiesce(lock, () => disk.log.push('snapshot'))).rejects.toBe(broken);
    expect(disk.log).not.toContain('snapshot');
    expect(disk.inFlight.meet(20, 30).kind).toBe('join');
  });

  it('two snapshots come one after the other, and an error of one is its own', async () => {
    const disk = new ByHand();
    const lock = new Lock();
    const one = disk.inFlight.quiesce(lock, async () => {
      await turns();
      disk.log.push('one');
      throw broken;
    });
    const two = disk.inFlight.quiesce(lock, () => disk.log.push('two'));
    await expect(one).rejects.toBe(broken);
    expect(await two).toBe(2);
    expect(disk.log).toEqual(['one', 'two']);
  });
});
