/** Which slots are dirty. Adding, removing and asking are O(1), going through them costs as many steps as there are. */
export class DirtySet {
  size = 0;
  /** The dirty slots, in no order, in the first `size` places. */
  private members: Int32Array;
  /** slot -> its place in `members`, or -1 */
  private places: Int32Array;

  constructor(slots: number) {
    this.members = new Int32Array(slots);
    this.places = new Int32Array(slots).fill(-1);
  }

  has(slot: number): boolean {
    return this.places[slot]! >= 0;
  }

  /** Adds `slot`, once. */
  add(slot: number): void {
    if (this.places[slot]! >= 0) return;
    this.places[slot] = this.size;
    this.members[this.size++] = slot;
  }

  /** Takes `slot` out; nothing happens when it is not in. */
  delete(slot: number): void {
    const place = this.places[slot]!;
    if (place < 0) return;
    const last = this.members[--this.size]!;
    this.members[place] = last;
    this.places[last] = place;
    this.places[slot] = -1;
  }

  /** Makes room for slots below `slots`. */
  grow(slots: number): void {
    const members = new Int32Array(slots);
    members.set(this.members);
    const places = new Int32Array(slots).fill(-1);
    places.set(this.places);
    this.members = members;
    this.places = places;
  }

  /** A copy of the dirty slots, ordered by what `offsets` has for them. */
  ordered(offsets: Float64Array): Int32Array {
    return this.members.slice(0, this.size).sort((a, b) => offsets[a]! - offsets[b]!);
  }
}
