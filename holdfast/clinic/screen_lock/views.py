"""Locking and unlocking the screen, and one's own quick PIN."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from holdfast.clinic.accounts.requests import SignedInRequest
from holdfast.clinic.screen_lock import actions, locking, queries
from holdfast.clinic.screen_lock.actions import Tried
from holdfast.clinic.screen_lock.forms import PinForm
from holdfast.clinic.screen_lock.page import LOCKED, lock_page
from holdfast.errors import InputError

BACKEND = "holdfast.clinic.accounts.backend.Backend"
WRONG = "That is not right. After five wrong tries only the full sign-in opens."
SIGN_IN = "Too many wrong tries, or no PIN: sign in in full."


@require_POST
def lock_now(request: SignedInRequest) -> HttpResponse:
    """Lock, because somebody asked for it or the page saw nobody for so long."""
    locking.lock(request)
    if _by_script(request):
        return JsonResponse({"code": "locked"})
    return lock_page(request, back=_back(request))


@require_POST
def still_here(request: SignedInRequest) -> HttpResponse:
    """Somebody types: the middleware has noted it."""
    return HttpResponse(status=204)


@require_POST
def unlock(request: SignedInRequest) -> HttpResponse:
    """Open the screen again, for the person whose it is or for another who signed in in full at this browser."""
    username = request.POST.get("username", "").strip()
    if username and username.casefold() != request.user.username.casefold():
        return _by_another(request, username)
    if queries.has_pin(request.user):
        tried = actions.try_pin(user=request.user, pin=request.POST.get("pin", ""), now=timezone.now())
    else:
        tried = _by_password(request)
    if tried is Tried.RIGHT:
        return _opened(request, held=locking.unlock(request))
    if tried is Tried.SPENT:
        return _signed_out(request)
    return _refused(request, "own")


@require_http_methods(["GET", "HEAD", "POST"])
def quick_pin(request: SignedInRequest) -> HttpResponse:
    """Set one's own PIN, or give it up."""
    if request.method == "POST" and "remove" in request.POST:
        actions.remove_pin(user=request.user, now=timezone.now())
        messages.success(request, "You have no PIN any more; a locked screen asks for your password.", "good")
        return redirect("quick-pin")
    form = PinForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if authenticate(request, username=request.user.username, password=form.cleaned_data["password"]) is None:
            form.add_error("password", "This is not your password.")
        else:
            try:
                actions.set_pin(user=request.user, pin=form.cleaned_data["pin"], now=timezone.now())
                messages.success(request, "Your PIN is set. It opens a locked screen, and nothing else.", "good")
                return redirect("quick-pin")
            except InputError as error:
                form.add_error("pin", str(error).removeprefix("pin: "))
    context = {
        "form": form, "has_pin": queries.has_pin(request.user), "minutes": queries.minutes_until_lock(request.user),
    }  # fmt: skip
    return render(request, "screen_lock/pin.html", context, status=422 if form.errors else 200)


def _by_password(request: SignedInRequest) -> Tried:
    """Tries count towards the lock of that sign-in, as at the door."""
    found = authenticate(request, username=request.user.username, password=request.POST.get("password", ""))
    if found is None or found.pk != request.user.pk:
        return Tried.WRONG
    actions.note_unlock(user=request.user, now=timezone.now())
    return Tried.RIGHT


def _by_another(request: SignedInRequest, username: str) -> HttpResponse:
    """Another person: the first one's session ends, so that nothing of it is entered in another name."""
    now, device = timezone.now(), locking.device_of(request)
    person = queries.person_known_here(username, device, now) if device else None
    if person is None or actions.try_pin(user=person, pin=request.POST.get("pin", ""), now=now) is not Tried.RIGHT:
        return _refused(request, "other")
    logout(request)
    login(request, person, backend=BACKEND)
    request.session[locking.DEVICE] = device  # the PIN is no full sign-in: the hours of the last one go on
    if _by_script(request):
        return JsonResponse({"code": "another"})
    return redirect("home")


def _refused(request: SignedInRequest, of: str) -> HttpResponse:
    said = WRONG if of == "own" else "That is not right, or you have not signed in in full at this browser today."
    if _by_script(request):
        return JsonResponse({"code": "wrong", "error": said}, status=422)
    return lock_page(request, back=_back(request), fault=said, of=of)


def _signed_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    messages.error(request, SIGN_IN, "late")
    if _by_script(request):
        return JsonResponse({"code": "signed-out", "error": SIGN_IN}, status=LOCKED)
    return redirect("account_login")


def _opened(request: SignedInRequest, *, held: dict[str, object] | None) -> HttpResponse:
    if _by_script(request):
        return JsonResponse({"code": "open"})
    if held is not None:
        return render(request, "screen_lock/held.html", {"held": held})
    return redirect(_back(request) or "home")


def _back(request: HttpRequest) -> str:
    """Where the person was: an address of this clinic, or nothing."""
    back = request.POST.get("back", "")
    return back if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None) else ""


def _by_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"
