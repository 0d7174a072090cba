"""From a marketer's blocks to bytes on the wire.

``compiling.compile_email`` turns blocks into a ``Compiled`` e-mail once per campaign, language and
tracking choice: static spans, already encoded, and the *slots* between them. ``rendering.render``
fills the slots with the facts of one delivery. Both are pure: same input, same bytes.
"""
