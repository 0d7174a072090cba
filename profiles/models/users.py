"""Staff, and the sign-in that a member may get."""

from django.contrib.auth.models import AbstractUser


class User(AbstractUser):
    """A sign-in: a member of staff, or one made lazily for a member. Never a member itself."""

    class Meta:
        db_table = "profiles_user"

    def __str__(self) -> str:
        return self.get_full_name() or self.get_username()
