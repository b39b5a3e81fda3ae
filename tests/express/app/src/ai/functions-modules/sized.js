// A text of so many bytes.
export const sized = ({ size }) => "x".repeat(size);
