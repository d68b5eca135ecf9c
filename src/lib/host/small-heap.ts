/*
 * V8 lets the heap of new objects grow to 48 MB (Node 20 and 22) or 96 MB (24) when many of them live for a moment longer, as 5,000
 * snapshots do, and never gives it back. It collects old objects only when they have grown by 8 MB or more. Rows of a stream hardly
 * make garbage, so that a small heap is enough. It has two further effects: the memory of buffers is freed sooner, and each
 * collection takes less than a millisecond.
 */

/** For a Node that this program starts in the background. The young generation is three times as large, in MB. */
export const BACKGROUND_NODE_OPTIONS = ['--max-semi-space-size=2'] as const;

/** The heap of new objects grows no more, and shrinks where it can; old ones are collected when they have grown by 2 MB. */
const SMALL = ['--semi-space-growth-factor=1', '--optimize-for-size'] as const;
/** What V8 has without these. `optimize-for-size` has set the last one. */
const USUAL = ['--semi-space-growth-factor=2', '--no-optimize-for-size', '--max-semi-space-size=0'] as const;

type SetFlags = (flags: string) => void;

/** How V8 keeps the heap of this process. */
export class SmallHeap {
  /** Once the heap is to be small. */
  #setFlags: SetFlags | undefined;

  /**
   * Keeps the heap small from now on. Options of Node would have to stand before the name of the script, and would slow the start of
   * the program by a fifth. The module of Node is loaded only here: it takes 3 ms.
   */
  async keep(): Promise<void> {
    const { setFlagsFromString } = await import('node:v8');
    this.#setFlags = setFlagsFromString;
    setAll(SMALL, setFlagsFromString);
  }

  /** Does this under V8's usual flags: code that was compiled under others is refused by the next process. */
  withUsualFlags(work: () => void): void {
    const set = this.#setFlags;
    if (set) setAll(USUAL, set);
    try {
      work();
    } finally {
      if (set) setAll(SMALL, set);
    }
  }
}

function setAll(flags: readonly string[], set: SetFlags): void {
  for (const flag of flags) set(flag);
}
