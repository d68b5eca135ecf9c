import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startBrowser } from './chromium.ts';

/** The browser of a test file: one process for all its tests, with a window of its own for each. */
export interface TestBrowser {
  /** A window without cookies or history, closed after the test. */
  openWindow(): Promise<BrowserContext>;
}

/** Registers a browser for the tests of this file, or of this `describe`. */
export function useBrowser(): TestBrowser {
  let browser: Browser | undefined;
  const windows: BrowserContext[] = [];

  beforeAll(async () => {
    browser = await startBrowser();
  });
  afterEach(async () => {
    for (const window of windows.splice(0)) await window.close();
  });
  afterAll(() => browser?.close());

  return {
    async openWindow() {
      if (browser === undefined) throw new Error('the browser is started before the first test');
      const window = await browser.newContext();
      windows.push(window);
      return window;
    },
  };
}
