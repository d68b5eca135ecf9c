import * as Args from '@oclif/core/args';

/** The name of a watchlist; `readWatchlistName` reads it. */
export const watchlistArgument = Args.string({
  required: true,
  description: 'the name of a watchlist, with @ or without it',
  ignoreStdin: true,
});
