/** The lossless tree: every node remembers where it stands in the source, nothing is copied out of it. */

/** One parsed document. The source is the truth; the tree only points into it. */
export interface XmlDocument {
  readonly source: string;
  readonly root: XmlElement;
}

export interface XmlElement {
  readonly kind: 'element';
  readonly name: string;
  readonly parent: XmlElement | undefined;
  readonly attributes: readonly XmlAttribute[];
  readonly children: readonly XmlNode[];
  /** Offset of `<`. */
  readonly start: number;
  /** Offset behind the start tag's `>`. */
  readonly contentStart: number;
  /** Offset of the end tag's `<`; equals `contentStart` for `<a/>`. */
  readonly contentEnd: number;
  /** Offset behind the element. */
  readonly end: number;
  readonly selfClosing: boolean;
}

export interface XmlAttribute {
  readonly name: string;
  /** The value with references resolved and white space normalized (XML 1.0 §3.3.3, CDATA). */
  readonly value: string;
  readonly start: number;
  /** Offset of the value's first character, behind the quote. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Offset behind the closing quote. */
  readonly end: number;
}

/** Text, a CDATA section, a comment or a processing instruction. */
export interface XmlLeaf {
  readonly kind: 'text' | 'cdata' | 'comment' | 'instruction';
  readonly parent: XmlElement;
  readonly start: number;
  readonly end: number;
}

export type XmlNode = XmlElement | XmlLeaf;
