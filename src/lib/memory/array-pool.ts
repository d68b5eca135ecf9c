/*
 * A typed array with memory of its own costs about 300 bytes beside its values: an object for its memory, and what V8 and the system keep
 * to free it. 5,000 symbols with three of them each took 11 MB. Arrays of a pool are views of blocks that they share.
 */

/** Large enough that a block costs little beside its values, small enough that a stream of one symbol does not notice it. */
const BLOCK_BYTES = 64 * 1024;

type PooledArray = Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer>;

interface ArrayType<A extends PooledArray> {
  new (buffer: ArrayBuffer, offset: number, length: number): A;
  readonly BYTES_PER_ELEMENT: number;
}

/** Small arrays that stand side by side in a few blocks of memory. Those that are given back are taken again. */
export class ArrayPool<A extends PooledArray> {
  readonly #type: ArrayType<A>;
  readonly #step: number;
  /** By length: arrays that were given back. */
  readonly #free = new Map<number, A[]>();
  #block = new ArrayBuffer(0);
  /** Bytes of the block that are taken. */
  #taken = 0;

  /** @param step lengths are multiples of it, so that arrays of similar lengths can take the place of each other */
  constructor(type: ArrayType<A>, step = 1) {
    this.#type = type;
    this.#step = step;
  }

  /** An array of this length or a little more. Its values are zero, or those of an array that was given back. */
  take(least: number): A {
    const length = Math.ceil(least / this.#step) * this.#step;
    const free = this.#free.get(length)?.pop();
    if (free !== undefined) return free;
    const bytes = length * this.#type.BYTES_PER_ELEMENT;
    if (this.#taken + bytes > this.#block.byteLength) {
      this.#block = new ArrayBuffer(Math.max(BLOCK_BYTES, bytes));
      this.#taken = 0;
    }
    const array = new this.#type(this.#block, this.#taken, length);
    this.#taken += bytes;
    return array;
  }

  /** The caller, and everybody it has given the array to, must not use it any more. */
  giveBack(array: A): void {
    const free = this.#free.get(array.length);
    if (free) free.push(array);
    else this.#free.set(array.length, [array]);
  }
}
