import type { Scale } from '../market/price.ts';
import indexNames from '../symbols/index-names.json' with { type: 'json' };
import { SeededRandom, seedFor } from './chance/random.ts';
import { fileOfFytoken } from './master/master-row.ts';
import { shareTick } from './master/share-tick.ts';

/*
 * Well-known instruments of the simulated market. Prices are invented, near those of late 2026; exchange tokens are those of
 * the symbol master where it has them. Each entry: name, exchange token, previous close.
 */

const NSE_EQUITIES = `
  SBIN 3045 875.5, RELIANCE 2885 1412, INFY 1594 1523, TCS 11536 3120, HDFCBANK 1333 995.5,
  ICICIBANK 4963 1372, ITC 1660 404.5, LT 11483 3985, AXISBANK 5900 1240, KOTAKBANK 1922 2105,
  HINDUNILVR 1394 2430, BHARTIARTL 10604 2080, BAJFINANCE 317 1015, ASIANPAINT 236 2780, MARUTI 10999 15800,
  TITAN 3506 3860, SUNPHARMA 3351 1745, ULTRACEMCO 11532 11850, NESTLEIND 17963 1262, WIPRO 3787 244.5,
  ONGC 2475 246.5, NTPC 11630 327.5, POWERGRID 14977 276.4, M&M 2031 3705, TMPV 3456 368.5,
  TATASTEEL 3499 172.5, JSWSTEEL 11723 1165, ADANIENT 25 2385, ADANIPORTS 15083 1495, COALINDIA 20374 378.5,
  BAJAJFINSV 16675 2055, HCLTECH 7229 1608, TECHM 13538 1455, GRASIM 1232 2720, HINDALCO 1363 795.5,
  DRREDDY 881 1246, CIPLA 694 1512, APOLLOHOSP 157 7480, EICHERMOT 910 7120, HEROMOTOCO 1348 5890,
  BAJAJ-AUTO 16669 9060, BRITANNIA 547 5830, TATACONSUM 3432 1165, INDUSINDBK 5258 842.5, SBILIFE 21808 2015,
  HDFCLIFE 467 765.5, SHRIRAMFIN 4306 842, BEL 383 412.5, TRENT 1964 4330, ETERNAL 5097 303.5,
  JIOFIN 18143 306.5, MAXHEALTH 22377 1150, INDIGO 11195 5720, IDEA 14366 10.35, YESBANK 11915 22.85,
  PNB 10666 122.4, SUZLON 12018 56.7, IRCTC 13611 688.5, DMART 19913 3990, PIDILITIND 2664 1478,
  GODREJCP 10099 1140, DABUR 772 522.5, VEDL 3063 508.5, IOC 1624 168.2, BPCL 526 364.5, GAIL 4717 183.6,
  TATAPOWER 3426 388.5, CANBK 10794 147.2, BANKBARODA 4668 288.5, DLF 14732 736.5, HAVELLS 9819 1444,
  SIEMENS 3150 3110, AMBUJACEM 1270 553.5, ACC 22 1840, LICI 9480 902.5, IDFCFIRSTB 11184 80.4,
  FEDERALBNK 1023 243.7, ASHOKLEY 212 148.6, SAIL 2963 137.4, NMDC 15332 73.9, NHPC 17400 78.2,
  IRFC 2029 119.8, RVNL 9552 318.5, HAL 2303 4610, BHEL 438 283.5, PFC 14299 371.5, RECLTD 15355 358.5,
  ZEEL 3812 99.8, DIVISLAB 10940 6480, LUPIN 10440 2030, AUROPHARMA 275 1218, TVSMOTOR 8479 3460,
  BOSCHLTD 2181 36450, PAGEIND 14413 39200, MRF 2277 152500, NAUKRI 13751 1340
`;

const BSE_EQUITIES = `
  SBIN 500112 875.6, RELIANCE 500325 1412.2, INFY 500209 1523.1, TCS 532540 3121, HDFCBANK 500180 995.6, ITC 500875 404.6
`;

/** Name, exchange token, expiry `YYMMDD`, previous close, tick size, lot size. Segment by the heading. */
const CONTRACTS: Readonly<Record<string, string>> = {
  '1011 NSE': `
    NIFTY26NOVFUT 37054 261124 26120 0.1 75, NIFTY26DECFUT 37055 261229 26265 0.1 75, BANKNIFTY26NOVFUT 37051 261124 58980 0.2 35,
    FINNIFTY26NOVFUT 37052 261124 27480 0.1 65, SBIN26NOVFUT 37310 261124 877.4 0.05 750, RELIANCE26NOVFUT 37288 261124 1415 0.1 500,
    INFY26NOVFUT 37190 261124 1526 0.1 400, TCS26NOVFUT 37340 261124 3126 0.1 175, HDFCBANK26NOVFUT 37166 261124 997.5 0.05 550,
    NIFTY26NOV26000CE 48210 261124 184.5 0.05 75, NIFTY26NOV26000PE 48211 261124 72.3 0.05 75,
    NIFTY26NOV26500CE 48230 261124 21.4 0.05 75, NIFTY26NOV26500PE 48231 261124 404.1 0.05 75,
    BANKNIFTY26NOV59000CE 49102 261124 318.2 0.05 35, BANKNIFTY26NOV59000PE 49103 261124 342.8 0.05 35,
    SBIN26NOV880CE 91244 261124 11.25 0.05 750, SBIN26NOV880PE 91245 261124 13.6 0.05 750`,
  '1012 NSE': `
    USDINR26NOVFUT 9452 261126 89.2525 0.0025 1000, EURINR26NOVFUT 9448 261126 103.4175 0.0025 1000,
    GBPINR26NOVFUT 9449 261126 117.6525 0.0025 1000`,
  '1120 MCX': `
    CRUDEOIL26DECFUT 472790 261218 5312 1 100, CRUDEOIL26NOVFUT 472789 261119 5290 1 100, GOLD26DECFUT 454818 261204 124650 1 100,
    GOLDM26DECFUT 454820 261204 124580 1 10, SILVER26DECFUT 451666 261204 156420 1 30, NATURALGAS26NOVFUT 475111 261125 402.3 0.1 1250,
    COPPER26NOVFUT 477167 261130 1004.85 0.05 2500, ZINC26NOVFUT 477176 261130 303.45 0.05 5000`,
  '1211 BSE': `
    SENSEX26NOVFUT 825565 261126 85410 0.05 20, BANKEX26NOVFUT 825566 261126 66020 0.05 30`,
};

/** An instrument that is not an index, before it has a state. */
export interface Listing {
  readonly symbol: string;
  readonly fytoken: string;
  /** Rupees. */
  readonly previousClose: number;
  readonly tickSize: number;
  readonly lotSize: number;
  readonly temper: Temper;
  /** What its quantities and its volume are above, so that a client which takes counts as signed is found out. */
  readonly countsFrom?: number;
}

/**
 * How an instrument behaves: it trades, it has quotes but no trade the whole day, it is stuck at its upper circuit with
 * nobody selling, or it has nothing at all.
 */
export type Temper = 'trading' | 'quiet' | 'locked' | 'empty';

const CASH_EXPIRY = '000000';
/** Above 2^31. */
const PENNY_COUNTS_FROM = 2_200_000_000;

function split(text: string): string[][] {
  return text.split(',').map((entry) => entry.trim().split(' '));
}

export function equityListing(
  symbol: string,
  fytoken: string,
  previousClose: number,
  temper: Temper = 'trading',
): Listing {
  return { symbol, fytoken, previousClose, tickSize: shareTick(previousClose), lotSize: 1, temper };
}

/** Every well-known instrument that is not an index. */
export function wellKnownListings(): Listing[] {
  const nse = split(NSE_EQUITIES).map(([name, token, price]) =>
    equityListing(`NSE:${name}-EQ`, `1010${CASH_EXPIRY}${token}`, Number(price)),
  );
  const bse = split(BSE_EQUITIES).map(([name, token, price]) =>
    equityListing(`BSE:${name}-A`, `1210${CASH_EXPIRY}${token}`, Number(price)),
  );
  const contracts = Object.entries(CONTRACTS).flatMap(([heading, text]) => {
    const [segment, exchange] = heading.split(' ');
    return split(text).map(
      ([name, token, expiry, price, tick, lot]): Listing => ({
        symbol: `${exchange}:${name}`,
        fytoken: `${segment}${expiry}${token}`,
        previousClose: Number(price),
        tickSize: Number(tick),
        lotSize: Number(lot),
        temper: 'trading',
      }),
    );
  });
  return [
    ...nse,
    ...bse,
    ...contracts,
    equityListing('NSE:SIMQUIET-EQ', `1010${CASH_EXPIRY}990001`, 412.5, 'quiet'),
    equityListing('NSE:SIMLOCKED-EQ', `1010${CASH_EXPIRY}990002`, 96.4, 'locked'),
    equityListing('NSE:SIMEMPTY-EQ', `1010${CASH_EXPIRY}990003`, 55, 'empty'),
    { ...equityListing('NSE:SIMPENNY-EQ', `1010${CASH_EXPIRY}990004`, 0.85), countsFrom: PENNY_COUNTS_FROM },
  ];
}

/** Names of NSE's well-known shares, without their series. */
export function wellKnownShares(): string[] {
  return split(NSE_EQUITIES).map(([name = '']) => name);
}

/** The lots of well-known contracts by file of the symbol master and underlying, `NSE_FO NIFTY`. */
export function wellKnownLots(): Map<string, number> {
  const lots = new Map<string, number>();
  for (const [heading, text] of Object.entries(CONTRACTS)) {
    const file = fileOfFytoken(heading);
    for (const [name = '', , , , , lot] of split(text)) {
      const underlying = /^[A-Z&-]+?(?=\d\d[A-Z]{3})/.exec(name)?.[0];
      lots.set(`${file} ${underlying}`, Number(lot));
    }
  }
  return lots;
}

/** Previous close and exchange token of well-known indices; the others get invented ones. */
const WELL_KNOWN: Readonly<Record<string, readonly [close: number, token: string]>> = {
  'NSE:NIFTY50-INDEX': [26_068.15, '26000'],
  'NSE:NIFTYBANK-INDEX': [58_867.7, '26009'],
  'NSE:FINNIFTY-INDEX': [27_404.3, '26037'],
  'NSE:MIDCPNIFTY-INDEX': [13_845.2, '26074'],
  'NSE:NIFTYIT-INDEX': [37_240.5, '26008'],
  'NSE:NIFTYNXT50-INDEX': [69_180.6, '26013'],
  'NSE:INDIAVIX-INDEX': [13.65, '26017'],
  'BSE:SENSEX-INDEX': [85_231.9, '101'],
  'BSE:BANKEX-INDEX': [65_890.4, '102'],
};

/** Members by index, heaviest first, with their weights in percent where they matter. */
const MEMBERS: Readonly<Record<string, string>> = {
  'NSE:NIFTY50-INDEX':
    'HDFCBANK 13,ICICIBANK 9,RELIANCE 8.5,INFY 5,BHARTIARTL 4.8,LT 4,ITC 3.4,TCS 2.9,AXISBANK 2.9,M&M 2.7,SBIN 3.2,KOTAKBANK 2.7,BAJFINANCE 2.3,HINDUNILVR 1.9,MARUTI 1.8,SUNPHARMA 1.5,NTPC 1.4,ETERNAL 1.8,TITAN 1.3,ULTRACEMCO 1.3,HCLTECH 1.3,BEL 1.2,TATASTEEL 1.2,POWERGRID 1.1,ASIANPAINT 1.1,BAJAJFINSV 1,JSWSTEEL 1,ADANIPORTS 1,GRASIM 0.9,HINDALCO 0.9,ONGC 0.8,TECHM 0.8,TMPV 0.7,SBILIFE 0.8,EICHERMOT 0.8,NESTLEIND 0.8,CIPLA 0.7,COALINDIA 0.7,DRREDDY 0.7,TRENT 0.8,APOLLOHOSP 0.7,HDFCLIFE 0.7,WIPRO 0.6,HEROMOTOCO 0.5,INDIGO 1,JIOFIN 0.8,SHRIRAMFIN 0.8,TATACONSUM 0.6,ADANIENT 0.5,MAXHEALTH 0.5',
  'NSE:NIFTYBANK-INDEX':
    'HDFCBANK 27,ICICIBANK 23,SBIN 9,AXISBANK 8.5,KOTAKBANK 8,FEDERALBNK 3.5,IDFCFIRSTB 3.5,INDUSINDBK 3.5,BANKBARODA 3.3,CANBK 3,PNB 2.8,YESBANK 1',
  'NSE:NIFTYIT-INDEX': 'INFY 29,TCS 22,HCLTECH 11,TECHM 10,WIPRO 7',
  'BSE:SENSEX-INDEX':
    'HDFCBANK 16,ICICIBANK 11,RELIANCE 10,INFY 6,BHARTIARTL 5.5,LT 4.6,ITC 4,SBIN 3.8,TCS 3.4,AXISBANK 3.4,M&M 3.2,KOTAKBANK 3.2,BAJFINANCE 2.7,HINDUNILVR 2.3,MARUTI 2.1',
  'BSE:BANKEX-INDEX':
    'HDFCBANK 28,ICICIBANK 24,SBIN 19,KOTAKBANK 9,AXISBANK 9,INDUSINDBK 3,BANKBARODA 3,CANBK 2,FEDERALBNK 3',
};

/** An index before it has a value. Symbols that share a feed name are one index. */
export interface IndexListing {
  readonly symbol: string;
  readonly fytoken: string;
  readonly feedName: string;
  /** Points; `undefined` when it is unknown. */
  readonly previousClose: number | undefined;
  /** NSE names of members and their weights; empty when they are to be chosen at random. */
  readonly members: readonly (readonly [name: string, weight: number])[];
}

const CASH = { NSE: '1010000000', BSE: '1210000000' } as const;
const FIRST_MADE_UP_TOKEN = { NSE: 26_200, BSE: 200 } as const;

export function indexListing(symbol: string, feedName: string, number: number): IndexListing {
  const exchange = symbol.startsWith('BSE:') ? 'BSE' : 'NSE';
  const [previousClose, token] = WELL_KNOWN[symbol] ?? [];
  const members = MEMBERS[symbol]?.split(',').map((entry) => {
    const [name, weight] = entry.split(' ');
    return [name as string, Number(weight)] as const;
  });
  return {
    symbol,
    fytoken: `${CASH[exchange]}${token ?? FIRST_MADE_UP_TOKEN[exchange] + number}`,
    feedName,
    previousClose,
    members: members ?? [],
  };
}

/** The previous close of an index, in points: an invented one, the same at each start, when it is unknown. */
export function indexClose({ previousClose, feedName }: IndexListing): number {
  return previousClose ?? Math.round(1_000 * 40 ** new SeededRandom(seedFor(0, feedName)).between(0, 1));
}

/** Every index of the bundled table. */
export function knownIndices(): IndexListing[] {
  return Object.entries(indexNames).map(([symbol, feedName], number) => indexListing(symbol, feedName, number));
}

/** One share has another multiplier, so that a client which forgets it is found out. */
const MULTIPLIED = new Map([['NSE:IDEA-EQ', 100]]);

/** Two decimals; currency futures tick in 0.0025, and come like that under a multiplier of 100, as the live server sends them. */
export function scaleOf(listing: Pick<Listing, 'symbol' | 'tickSize'>): Scale {
  const hasFourDecimals = Math.round(listing.tickSize * 10_000) % 100 !== 0;
  return { multiplier: MULTIPLIED.get(listing.symbol) ?? (hasFourDecimals ? 100 : 1), precision: 2 };
}

/** A price in rupees as the wire has it, on the grid of ticks. */
export function rawPrice(price: number, tickSize: number, scale: Scale): number {
  const rawTick = rawTickSize(tickSize, scale);
  return Math.round((price * scale.multiplier * 10 ** scale.precision) / rawTick) * rawTick;
}

export function rawTickSize(tickSize: number, scale: Scale): number {
  return Math.max(1, Math.round(tickSize * scale.multiplier * 10 ** scale.precision));
}
