import type { Origin } from "./data/origin.ts";
import { type Metadata, metadataText, onlyPlain } from "./metadata.ts";
import { Normalizer } from "./normalization.ts";

/** What a network knows of its data, and what else is to travel with it. */
export class Description {
  #origin: Origin = {};
  #normalizer: Normalizer | undefined;
  /** JSON. */
  #metadata = "{}";

  get origin(): Origin {
    return this.#origin;
  }

  /** What raw inputs go through; undefined where they are taken as they are. */
  get normalizer(): Normalizer | undefined {
    return this.#normalizer;
  }

  /** A copy. */
  get metadata(): Metadata {
    return JSON.parse(this.#metadata);
  }

  /** @throws DownhillError `ERR_OPTION` for what JSON cannot hold */
  set metadata(metadata: Metadata) {
    this.#metadata = metadataText(metadata, "metadata", onlyPlain);
  }

  /** Takes over what is known of the data. */
  takeOver({ normalization, encoding, classNames }: Origin): void {
    if (normalization !== this.#origin.normalization) {
      this.#normalizer = normalization && new Normalizer(normalization);
    }
    this.#origin = { normalization, encoding, classNames };
  }

  copyFrom(other: Description): void {
    this.#origin = other.#origin;
    this.#normalizer = other.#normalizer;
    this.#metadata = other.#metadata;
  }
}
