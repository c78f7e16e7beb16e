/** Bytes of a cluster in the overlays that are written. */
export const CLUSTER_BYTES = 65536;

/** Sequential writes into an overlay. */
export interface CowWorkload {
  /** Bytes of the disk; as many whole requests as fit are written, from its beginning. */
  readonly size: number;
  /** Bytes of a request. */
  readonly request: number;
  /** Requests in flight. */
  readonly depth: number;
}

/** What follows from a workload. */
export interface CowShape {
  readonly requests: number;
  /** Bytes written by the guest. */
  readonly guestBytes: number;
  /** Clusters that are allocated. */
  readonly clusters: number;
  /** Bytes that must be copied, whoever does it: the rest of the last cluster. */
  readonly edgeBytes: number;
}

/** Counts requests, clusters, and what no one can save. */
export function shapeOf({ size, request }: CowWorkload): CowShape {
  const requests = Math.floor(size / request);
  const guestBytes = requests * request;
  const clusters = Math.ceil(guestBytes / CLUSTER_BYTES);
  const end = Math.min(clusters * CLUSTER_BYTES, size);
  return { requests, guestBytes, clusters, edgeBytes: end - guestBytes };
}
