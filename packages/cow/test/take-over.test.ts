import { describe, expect, it } from 'vitest';
import { ByHand, moved, outcome, show, turns } from './support/disk.ts';

describe('taking over what an earlier request was going to copy', () => {
  it('runs the timeline of three sequential writers in one cluster: one tail is copied, once', async () => {
    const disk = new ByHand();
    const { inFlight } = disk;
    const one = disk.begin('X', 0, 0, 20);
    const two = disk.join(20, 40);
    const three = disk.join(40, 50);
    expect(show(one.allocation.holes.list())).toBe('50-100');
    // Data arrives in the order 1, 2, 3; nobody waits for anybody.
    for (const claim of [one, two, three]) expect(inFlight.complete(claim)).toBeUndefined();
    expect(moved(inFlight, 0, 100)).toBe('0-50');
    const flushed = outcome(inFlight.finishAll());
    expect(disk.log).toEqual(['fill X 50-100']);
    await disk.io('fill').end();
    expect(disk.log).toEqual(['fill X 50-100', 'link X']);
    expect(flushed.state).toBe('pending');
    await disk.io('link').end();
    expect(flushed.state).toBe('fine');
    expect(inFlight.count).toBe(0);
    expect(inFlight.stats).toEqual({
      allocations: 1,
      takeOvers: 2,
      cancelledBytes: 30,
      filledBytes: 50,
      waits: 0,
    });
  });

  it('copies nothing when the writers cover the cluster: the last one links', async () => {
    const disk = new ByHand();
    const claims = [disk.begin('X', 0, 0, 25)];
    for (let at = 25; at < 100; at += 25) claims.push(disk.join(at, at + 25));
    // The last bytes to arrive are those of the first writer.
    for (const claim of claims.slice(1)) expect(disk.inFlight.complete(claim)).toBeUndefined();
    const last = outcome(disk.inFlight.complete(claims[0]!));
    expect(disk.log).toEqual(['link X']);
    await disk.io('link').end();
    expect(last.state).toBe('fine');
    expect(disk.inFlight.stats.filledBytes).toBe(0);
    expect(disk.inFlight.stats.cancelledBytes).toBe(75);
  });

  it('lets a request take what is in front of the first one, and in the middle', () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 60, 80, 2));
    // The first request has copied the head of its own cluster along.
    expect(moved(disk.inFlight, 0, 200)).toBe('0-80');
    void disk.inFlight.complete(disk.join(150, 160));
    expect(moved(disk.inFlight, 0, 200)).toBe('0-80 100-160');
    void disk.inFlight.complete(disk.join(85, 90));
    expect(moved(disk.inFlight, 0, 200)).toBe('0-90 100-160');
  });

  it('never lets a request overtake a copy that is on its way', async () => {
    const disk = new ByHand();
    const head = disk.begin('X', 0, 60, 80);
    expect(head).toMatchObject({ head: 0, from: 60, to: 80, tail: 80 });
    expect(disk.inFlight.meet(30, 70)).toMatchObject({ kind: 'wait', to: 70 });
    const met = disk.inFlight.meet(30, 70);
    const woken = outcome(met.kind === 'wait' ? met.allocation.changed() : undefined);
    await turns();
    expect(woken.state).toBe('pending');
    void disk.inFlight.complete(head);
    await turns();
    expect(woken.state).toBe('fine');
    expect(disk.join(30, 70)).toMatchObject({ head: 30, saved: 0 });
  });

  it('shortens a request before the copy that another one makes', () => {
    const disk = new ByHand();
    disk.begin('X', 0, 0, 10, 2);
    disk.join(150, 160);
    expect(disk.inFlight.meet(90, 200)).toMatchObject({ kind: 'join', to: 100 });
    expect(disk.inFlight.meet(155, 200)).toMatchObject({ kind: 'join', to: 200 });
  });

  it('reads old bytes from their old place, and each write from its new one as soon as it is there', () => {
    const disk = new ByHand();
    const { inFlight } = disk;
    const one = disk.begin('X', 0, 0, 20);
    const two = disk.join(20, 40);
    expect(inFlight.locate(0, 500)).toEqual({ host: -1, to: 100 });
    void inFlight.complete(two);
    expect(inFlight.locate(0, 500)).toEqual({ host: -1, to: 20 });
    expect(inFlight.locate(25, 500)).toEqual({ host: 10_025, to: 40 });
    // A write over bytes that are at their new place already: they stay there while it goes on.
    const again = disk.join(30, 50);
    expect(inFlight.locate(25, 500)).toEqual({ host: 10_025, to: 40 });
    void inFlight.complete(one);
    void inFlight.complete(again);
    expect(inFlight.locate(0, 500)).toEqual({ host: 10_000, to: 50 });
    expect(inFlight.locate(50, 500)).toEqual({ host: -1, to: 100 });
    expect(inFlight.locate(100, 500)).toEqual({ host: -1, to: 500 });
    expect(inFlight.stats.cancelledBytes).toBe(20 + 10);
  });

  it('counts no bytes as saved that a failed request wanted to write', () => {
    const disk = new ByHand();
    void disk.inFlight.complete(disk.begin('X', 0, 0, 20));
    void disk.inFlight.fail(disk.join(20, 60));
    expect(disk.inFlight.stats.cancelledBytes).toBe(0);
    void disk.inFlight.complete(disk.join(20, 30));
    expect(disk.inFlight.stats.cancelledBytes).toBe(10);
  });
});

describe('without taking over', () => {
  it('copies head and tail with the first write, and lets others wait until it is linked', async () => {
    const disk = new ByHand({ takeOver: false });
    const claim = disk.begin('X', 0, 30, 60);
    expect(claim).toMatchObject({ head: 0, from: 30, to: 60, tail: 100 });
    const met = disk.inFlight.meet(60, 90);
    expect(met).toMatchObject({ kind: 'wait', to: 90 });
    const done = outcome(disk.inFlight.complete(claim));
    expect(disk.log).toEqual(['link X']);
    expect(disk.inFlight.meet(60, 90).kind).toBe('wait');
    await disk.io('link').end();
    expect(done.state).toBe('fine');
    expect(disk.inFlight.meet(60, 90)).toEqual({ kind: 'clear', to: 90 });
    expect(disk.inFlight.stats).toMatchObject({ cancelledBytes: 0, filledBytes: 0, waits: 2 });
  });

  it('fills what lies in other clusters of the run at once', async () => {
    const disk = new ByHand({ takeOver: false });
    const done = outcome(disk.inFlight.complete(disk.begin('X', 0, 30, 60, 2)));
    expect(disk.log).toEqual(['fill X 100-200']);
    await disk.io('fill').end();
    await disk.io('link').end();
    expect(done.state).toBe('fine');
  });

  it('ends an allocation that is open after a failed link when the next write to it is over, also when that fails', async () => {
    const disk = new ByHand({ takeOver: false });
    const first = outcome(disk.inFlight.complete(disk.begin('X', 0, 30, 60)));
    await disk.io('link').end(new Error('no link'));
    expect(first.state).toBe('Error: no link');
    const next = disk.join(40, 50);
    const failed = outcome(disk.inFlight.fail(next));
    await disk.io('link').end();
    expect(failed.state).toBe('fine');
    expect(disk.inFlight.count).toBe(0);
  });
});

describe('granules smaller than a cluster', () => {
  it('copies the head of the first granule and no more', () => {
    const disk = new ByHand({ granule: 25 });
    expect(disk.begin('X', 0, 60, 80)).toMatchObject({ head: 50, tail: 80 });
    expect(disk.inFlight.at(0)?.holes.list()).toEqual([
      { from: 0, to: 50 },
      { from: 80, to: 100 },
    ]);
    const whole = new ByHand({ granule: 25, takeOver: false });
    expect(whole.begin('X', 0, 60, 80)).toMatchObject({ head: 50, tail: 100 });
    expect(whole.begin('Y', 200, 260, 270)).toMatchObject({ head: 250, tail: 275 });
  });

  it('never copies, and reads at their new place, bytes that are present', async () => {
    const disk = new ByHand({ granule: 25 });
    const present = [{ from: 25, to: 50 }];
    const run = { guest: 0, host: 10_000, length: 100, tag: 'K', present };
    const claim = disk.inFlight.begin(run, 60, 80);
    expect(moved(disk.inFlight, 0, 100)).toBe('25-50');
    // A request that begins in present bytes takes no head along: somebody may be writing it in place.
    expect(disk.join(30, 40)).toMatchObject({ head: 30, tail: 40 });
    expect(disk.join(10, 20)).toMatchObject({ head: 0 });
    void disk.inFlight.complete(claim);
    const finished = outcome(disk.inFlight.finishAll());
    expect(finished.state).toBe('pending');
    claim.allocation.claims.forEach((one) => void disk.inFlight.complete(one));
    await turns();
    expect(disk.log).toEqual(['fill K 20-25 80-100']);
    expect(() =>
      disk.inFlight.begin({ ...run, guest: 200, present: [{ from: 190, to: 210 }] }, 200, 210),
    ).toThrow(RangeError);
    expect(disk.inFlight.at(200)).toBeUndefined();
  });
});
