/** Work that can pause: it goes on when the next piece is asked for, and ends with a result. */
export type Pieces<Result = void> = Generator<undefined, Result>;

/** Multiply-adds of a piece: one or two milliseconds. */
const PIECE = 2 ** 22;
/** Parts of a matrix are whole tiles of its products. */
const TILE = 4;

/** Calls body(first, end) for parts of `count` rows or columns of so much work each, with a pause behind each part. */
export function* inPieces(count: number, workOfOne: number, body: (first: number, end: number) => void): Pieces {
  const size = TILE * Math.max(1, Math.floor(PIECE / (TILE * workOfOne)));
  for (let first = 0; first < count; first += size) {
    body(first, Math.min(count, first + size));
    yield;
  }
}

/** Does all the work without a pause. */
export function finish<Result>(pieces: Pieces<Result>): Result {
  for (;;) {
    const piece = pieces.next();
    if (piece.done) return piece.value;
  }
}
