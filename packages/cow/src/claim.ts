import type { Allocation } from './allocation.ts';

/**
 * One request's part in an allocation: guest bytes `[from, to)` come from the request; `head` (up to `from`) and `tail` (from `to`) are
 * old bytes that the same request copies, in the same vectored write where the device has one.
 */
export interface Claim<Tag = unknown> {
  readonly allocation: Allocation<Tag>;
  readonly head: number;
  readonly from: number;
  readonly to: number;
  readonly tail: number;
  /** Bytes of `[from, to)` that were to be copied when a later request claimed them. 0 for the request that made the allocation. */
  readonly saved: number;
}

/** How far a claim copies. */
export interface ClaimRules {
  /** Bytes that are mapped as one. */
  readonly granule: number;
  /** Whether what lies behind the request is left for others to write. */
  readonly takeOver: boolean;
}

/** Takes `[from, to)`, and what must be copied with it, out of the holes of an open allocation. */
export function takeClaim<Tag>(
  allocation: Allocation<Tag>,
  from: number,
  to: number,
  { granule, takeOver }: ClaimRules,
  joins: boolean,
): Claim<Tag> {
  if (allocation.state !== 'open') {
    throw new RangeError(`a request cannot join an allocation that is ${allocation.state}`);
  }
  if (!(allocation.guest <= from && from < to && to <= allocation.end)) {
    throw new RangeError(
      `the request [${from}, ${to}) is not inside the allocation [${allocation.guest}, ${allocation.end})`,
    );
  }
  const { holes } = allocation;
  let head = from;
  let tail = to;
  if (holes.has(from)) {
    // Bytes in front of the request go out with it: sequential writers never come back for them.
    head = Math.max(holes.lastEdge(from), Math.floor(from / granule) * granule);
  }
  if (!takeOver && holes.has(to - 1)) {
    tail = Math.min(holes.nextEdge(to - 1), Math.ceil(to / granule) * granule);
  }
  let saved = 0;
  if (joins) for (const part of holes.within(from, to)) saved += part.to - part.from;
  const claim: Claim<Tag> = { allocation, head, from, to, tail, saved };
  holes.remove(head, tail);
  allocation.claims.add(claim);
  return claim;
}

/** Ends a claim whose bytes, copies included, are written. */
export function keepClaim(claim: Claim): void {
  const { allocation } = claim;
  endClaim(claim);
  allocation.written.add(claim.head, claim.tail);
  allocation.acknowledged++;
}

/** Ends a claim whose write failed: what nobody else has written or is writing is to be copied again. */
export function dropClaim(claim: Claim): void {
  const { allocation, head, tail } = claim;
  endClaim(claim);
  const { holes, written, claims } = allocation;
  for (let at = head; at < tail;) {
    const edge = Math.min(written.nextEdge(at), tail);
    if (!written.has(at)) holes.add(at, edge);
    at = edge;
  }
  for (const other of claims) holes.remove(other.head, other.tail);
}

function endClaim(claim: Claim): void {
  if (!claim.allocation.claims.delete(claim)) throw new TypeError('the claim has ended already');
}

/** Where, from `from` on, the first byte is that a claim in flight copies; `to` when there is none before it. */
export function copyAhead(allocation: Allocation, from: number, to: number): number {
  let stop = to;
  for (const { head, from: start, to: end, tail } of allocation.claims) {
    if (head < start && start > from && head < stop) stop = Math.max(from, head);
    if (end < tail && tail > from && end < stop) stop = Math.max(from, end);
  }
  return stop;
}
