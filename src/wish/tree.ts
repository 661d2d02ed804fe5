/** A file as a tree with places: what YAML and JSON have in common, whoever parsed it. */
import type { SourceLocation } from '../errors.ts';

/** A value without parts. */
export interface Scalar {
  readonly kind: 'scalar';
  readonly at: SourceLocation;
  /** As YAML 1.2's core schema reads it. */
  readonly value: string | number | boolean | null;
  /** As it is written, without quotes. */
  readonly source: string;
}

export interface Sequence {
  readonly kind: 'list';
  readonly at: SourceLocation;
  readonly items: readonly Node[];
}

/** A name of a mapping, with its value. */
export interface Entry {
  readonly name: string;
  readonly at: SourceLocation;
  readonly value: Node;
}

export interface Mapping {
  readonly kind: 'object';
  readonly at: SourceLocation;
  readonly entries: readonly Entry[];
}

export type Node = Scalar | Sequence | Mapping;
