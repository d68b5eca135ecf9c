import indexNames from '../symbols/index-names.json' with { type: 'json' };

/** Previous close and exchange token of indices people know; the others get made-up ones. */
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
  /** NSE names of members and their weights; empty when they are to be made up. */
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

/** Every index of the bundled table. */
export function knownIndices(): IndexListing[] {
  return Object.entries(indexNames).map(([symbol, feedName], number) => indexListing(symbol, feedName, number));
}
